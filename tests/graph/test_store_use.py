"""Which keys of the store a step reads and writes."""

from inspectors.graph.store_use import store_keys


def body(*lines: str) -> str:
    inside = "\n".join(f"        {line}" for line in lines)
    return f"    @step\n    async def work(self, ctx: Context, ev: StartEvent) -> StopEvent:\n{inside}"


def test_keys_in_the_order_of_the_source() -> None:
    source = body(
        'await ctx.store.set("b", 1)',
        'hits = await ctx.store.get("a", default=None) + await ctx.store.get(path="c")',
        'await ctx.store.set("b", 2)',
    )
    assert store_keys(source) == (["a", "c"], ["b"])


def test_a_key_that_is_not_written_out() -> None:
    assert store_keys(body("await ctx.store.set(name, 1)", 'await ctx.store.get(f"x{n}")')) == (["…"], ["…"])


def test_the_whole_state() -> None:
    source = body("async with ctx.store.edit_state() as state:", "    state.n += 1")
    assert store_keys(source) == ([], ["the whole state"])


def test_what_is_no_store() -> None:
    assert store_keys(body('self.cache.get("a")', "ctx.send_event(A())")) == ([], [])
    assert store_keys("def broken(:") == ([], [])
