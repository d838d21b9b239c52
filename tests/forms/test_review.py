"""What a reviewer sees, from typed and untyped answers, and what is sent."""

from typing import Any

from inspectors.forms import Decision, Field, Form, ReviewPlan, answer, form_from_schema, parse, review_plan

DRAFT = "AI regulation: what to know\n\n" + "The rules sort systems by the harm they can do. " * 5
ASK = "Please review this draft and reply APPROVE or REVISE:"

RESPONSE = Form("HumanResponseEvent", (Field("response", "text"),), open=True)
REVIEW = form_from_schema(
    {
        "title": "ReviewEvent",
        "properties": {
            "approve": {"type": "boolean"},
            "edited_text": {"type": "string", "default": ""},
            "comment": {"type": "string", "default": ""},
        },
        "required": ["approve"],
    }
)


def approval(**literals: list[str]) -> ReviewPlan:
    """The plan of the sample ApprovalWorkflow."""
    return review_plan(ASK, {"prefix": ASK, "payload": DRAFT}, RESPONSE, literals)


def labels(plan: ReviewPlan) -> list[str]:
    return [decision.label for decision in plan.decisions]


def test_one_word_answers_become_buttons() -> None:
    plan = approval(response=["APPROVE"])
    assert labels(plan) == ["Approve", "Ask for a revision"]
    assert [decision.values for decision in plan.decisions] == [
        {"response": "APPROVE"},
        {"response": "REVISE"},
    ]
    assert [decision.primary for decision in plan.decisions] == [True, False]
    assert plan.draft == DRAFT
    assert plan.draft_name == "payload"
    assert plan.facts == ()
    assert plan.title == ASK
    assert plan.edit_field is None
    assert plan.inputs == ()
    assert plan.note == (
        "This workflow takes one word back. It can’t carry an edited draft: anything but APPROVE counts as a revision."
    )
    assert plan.asks == "one click: approve or ask for a revision"
    assert plan.label(plan.decisions[0], edited=True) == "Approve"


def test_only_what_source_shows_is_claimed() -> None:
    assert approval().note == "The answer is one text. It can’t carry an edited draft."
    assert approval(response=["APPROVE", "REVISE"]).note == (
        "This workflow takes one word back. It can’t carry an edited draft."
    )
    yes = review_plan("Send it? YES or NO", {"draft": DRAFT}, RESPONSE, {"response": ["yes"]})
    assert yes.note.endswith("anything but yes counts as NO.")
    assert [decision.values["response"] for decision in yes.decisions] == ["yes", "NO"]


def test_words_come_from_source_alone_too() -> None:
    plan = review_plan("What now?", {}, RESPONSE, {"response": ["retry", "give_up"]})
    assert labels(plan) == ["Retry", "Give up"]
    assert plan.other is not None
    assert plan.own_words("later") == Decision("Send", {"response": "later"})
    assert plan.note == ""


def test_capitals_that_offer_nothing_are_no_buttons() -> None:
    for text in ("Summarise the PDF about AI.", "NASA asks: how many?", "I or you?", ""):
        plan = review_plan(text, {}, RESPONSE)
        assert plan.layout == "form"
        assert labels(plan) == ["Send"]
        assert [field.name for field in plan.inputs] == ["response"]
        assert plan.asks == "write an answer"


def test_three_words_and_their_separators() -> None:
    for text in ("Say YES, NO or LATER", "YES/NO/LATER?", "(YES | NO | LATER)", "YES, NO, or LATER."):
        assert labels(review_plan(text, {}, RESPONSE)) == ["Yes", "No", "Later"]


def test_a_typed_review_can_carry_edits() -> None:
    plan = review_plan("Ready?", {"prefix": "Ready?", "draft": DRAFT, "round": 2}, REVIEW)
    assert labels(plan) == ["Approve", "Ask for changes"]
    assert [decision.needs_comment for decision in plan.decisions] == [False, True]
    assert plan.edit_field is not None
    assert plan.edit_field.name == "edited_text"
    assert plan.comment_field is not None
    assert plan.comment_field.name == "comment"
    assert [(fact.name, fact.value) for fact in plan.facts] == [("round", 2)]
    assert plan.note == ""
    assert plan.other is None
    assert plan.label(plan.decisions[0], edited=True) == "Approve with my edits"
    assert plan.label(plan.decisions[1], edited=True) == "Ask for changes"


def test_what_is_sent() -> None:
    plan = review_plan("Ready?", {"draft": DRAFT}, REVIEW)
    approve, change = plan.decisions
    assert answer(plan, approve, REVIEW).values == {"approve": True}
    assert answer(plan, approve, REVIEW, edited=DRAFT).values == {"approve": True}
    assert answer(plan, approve, REVIEW, edited="Mine.").values == {"approve": True, "edited_text": "Mine."}
    sent = answer(plan, change, REVIEW, comment="shorter")
    assert sent.values == {"approve": False, "comment": "shorter"}
    refused = answer(plan, change, REVIEW, comment=" ")
    assert refused.errors == {"comment": "Say what should change."}
    words = approval(response=["APPROVE"])
    assert answer(words, words.own_words("Hm, no."), RESPONSE).values == {"response": "Hm, no."}
    assert not answer(words, words.own_words(" "), RESPONSE).ok


def test_approve_is_one_click_even_if_the_author_forgot_defaults() -> None:
    form = Form("", (Field("approved", "boolean"), Field("feedback", "text"), Field("content", "long_text")))
    plan = review_plan("Ready?", {"draft": DRAFT}, form)
    sent = answer(plan, plan.decisions[0], form)
    assert sent.ok
    assert sent.values == {"approved": True, "feedback": "", "content": DRAFT}


def test_literals_of_a_type_become_buttons_or_a_list() -> None:
    few = Form(
        "",
        (Field("decision", "choice", choices=("APPROVE", "needs_work", "reject")), Field("reason", "text")),
    )
    plan = review_plan("Well?", {"draft": DRAFT}, few)
    assert labels(plan) == ["Approve", "Needs work", "Reject"]
    assert plan.layout == "buttons"
    assert plan.asks == "choose 1 of 3"
    assert plan.note.startswith("The answer has no place for an edited draft")
    many = Form("", (Field("desk", "choice", choices=tuple("abcdef")),))
    assert review_plan("Which desk?", {}, many).layout == "list"
    revise = Form("", (Field("verdict", "choice", choices=("publish", "revise")), Field("comment", "text")))
    assert [d.needs_comment for d in review_plan("", {}, revise).decisions] == [False, True]


def test_one_boolean_of_another_name_is_yes_or_no() -> None:
    form = Form("", (Field("escalate", "boolean"),))
    plan = review_plan("Escalate?", {}, form)
    assert [(d.label, d.values, d.primary) for d in plan.decisions] == [
        ("Yes", {"escalate": True}, True),
        ("No", {"escalate": False}, False),
    ]


def test_a_decision_that_needs_values_is_not_called_one_click() -> None:
    fields = (Field("approve", "boolean"), Field("amount", "integer"), Field("note", "text", required=False))
    assert review_plan("Approve?", {}, Form("", fields)).asks == "fill in 1 field"
    assert review_plan("Approve?", {}, Form("", (fields[0], fields[2]))).asks.startswith("one click: ")


def test_anything_else_is_a_plain_form() -> None:
    form = Form("", (Field("amount", "integer"), Field("day", "date"), Field("note", "text", required=False)))
    plan = review_plan("When and how much?", {"customer": "Ada"}, form)
    assert plan.layout == "form"
    assert labels(plan) == ["Send"]
    assert [field.name for field in plan.inputs] == ["amount", "day"]
    assert plan.asks == "fill in 3 fields"
    assert plan.draft is None
    assert [fact.name for fact in plan.facts] == ["customer"]
    assert answer(plan, plan.decisions[0], form, inputs={"amount": "3", "day": "2026-11-20"}).values == {
        "amount": 3,
        "day": "2026-11-20",
    }
    assert "amount" in answer(plan, plan.decisions[0], form).errors


def test_further_fields_stand_beside_the_decision() -> None:
    form = Form("", (Field("ok", "boolean"), Field("priority", "integer"), Field("comment", "text", required=False)))
    plan = review_plan("?", {}, form)
    assert [field.name for field in plan.inputs] == ["priority"]
    assert answer(plan, plan.decisions[0], form, inputs={"priority": 1}).values == {"ok": True, "priority": 1}


def test_a_field_that_source_compares_decides_whatever_its_name() -> None:
    for name in ("text", "feedback", "comment"):
        form = Form("", (Field(name, "text"),), open=True)
        plan = review_plan(ASK, {"payload": DRAFT}, form, {name: ["APPROVE"]})
        assert labels(plan) == ["Approve", "Ask for a revision"]
        assert plan.edit_field is None
        assert plan.comment_field is None


def test_an_answer_that_is_only_the_edited_draft() -> None:
    form = Form("", (Field("draft", "long_text"),))
    plan = review_plan("Correct this.", {"draft": DRAFT}, form)
    assert plan.edit_field is not None
    assert labels(plan) == ["Send"]
    assert answer(plan, plan.decisions[0], form, edited="Mine.").values == {"draft": "Mine."}
    assert answer(plan, plan.decisions[0], form).values == {"draft": DRAFT}


def test_which_value_is_the_draft() -> None:
    def draft_of(fields: dict[str, Any], known: str | None = None) -> str:
        return review_plan("Ready?", fields, RESPONSE, {}, known).draft_name

    assert draft_of({"topic": "tea", "payload": DRAFT}) == "payload"
    assert draft_of({"topic": "tea"}) == ""
    assert draft_of({"draft": "Short."}) == "draft"
    assert draft_of({"draft": "Short.", "letter": DRAFT}, "draft") == "draft"
    assert draft_of({"data": {"nested": DRAFT}, "count": 3}, "data") == ""
    assert draft_of({"prefix": DRAFT}) == ""
    assert draft_of({"draft": ""}) == ""


def test_hostile_strings_stay_strings() -> None:
    evil = "</script><img src=x onerror=alert(1)> `APPROVE` [x](javascript:alert(1))"
    form = Form("", (Field("pick", "choice", choices=(evil, "")),))
    plan = review_plan(evil, {evil: evil, "other": evil * 10}, form)
    assert plan.title == evil
    assert plan.decisions[0].values == {"pick": evil}
    assert plan.decisions[1].label == "(empty)"
    long = review_plan("A" * 200_000 + " or " + "B, " * 50_000, {"draft": "x" * 1_000_000}, RESPONSE)
    assert long.decisions


def test_plan_and_form_agree() -> None:
    """Whatever button is pressed, the answer it makes is one that the form takes."""
    plan = approval(response=["APPROVE"])
    for decision in plan.decisions:
        assert parse(RESPONSE, decision.values).ok


def test_a_question_that_compares_yes_offers_no_too_and_a_short_fact_is_no_draft() -> None:
    asked = "Delete all files in old?"
    plan = review_plan(asked, {"prefix": f" {asked} ", "folder": "old"}, RESPONSE, {"response": ["yes"]}, "folder")
    assert [decision.values for decision in plan.decisions] == [{"response": "yes"}, {"response": "no"}]
    assert plan.draft is None and [fact.name for fact in plan.facts] == ["folder"]
    assert plan.note == ""
    loud = review_plan(asked, {}, RESPONSE, {"response": ["Y"]})
    assert [decision.values["response"] for decision in loud.decisions] == ["Y", "N"]
