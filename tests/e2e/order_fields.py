"""A workflow that takes a value of every kind, written as authors write: in every style of annotation."""
# ruff: noqa: D101, DTZ001, RUF012, UP007, UP045

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum, IntEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Optional, Union

from pydantic import BaseModel, Field
from workflows import Workflow, step
from workflows.events import StartEvent, StopEvent


class Colour(Enum):
    """What a thing may be painted."""

    RED = "red"
    DEEP_BLUE = "deep_blue"


class Priority(IntEnum):
    LOW = 1
    NORMAL = 5
    HIGH = 10


class Country(Enum):
    GERMANY = "DE"
    FRANCE = "FR"
    SPAIN = "ES"
    ITALY = "IT"
    POLAND = "PL"


class Address(BaseModel):
    """Where something goes."""

    street: str
    city: str = Field(min_length=2)
    country: Country = Country.GERMANY


class LineItem(BaseModel):
    name: str
    price: Decimal = Field(gt=0, description="In euros.")
    quantity: int = Field(default=1, ge=1, le=99)
    tags: list[str] = []


class Card(BaseModel):
    kind: Literal["card"] = "card"
    number: str = Field(pattern=r"^\d{4}$", description="Its last four digits.")


class Transfer(BaseModel):
    kind: Literal["transfer"] = "transfer"
    iban: str
    address: Optional[Address] = None


Topic = Literal["news", "sport", "science"]


class OrderStart(StartEvent):
    """Everything that an order can be made of."""

    title: str = Field(min_length=3, max_length=80, description="What the order is about.")
    notes: str = Field(default="", description="Anything else.")
    count: int = Field(ge=1, le=9, description="How many.")
    big: int = 12345678901234567890
    step_of_five: int = Field(default=10, multiple_of=5, ge=0)
    ratio: float = Field(default=0.5, gt=0, lt=1)
    urgent: bool = False
    agreed: bool
    colour: Colour = Colour.RED
    priority: Priority = Priority.NORMAL
    country: Country
    topic: Topic = "news"
    topics: list[Topic] = ["sport"]
    day: date
    clock: Optional[time] = None
    moment: datetime = datetime(2026, 11, 20, 22, 51)
    comment: Optional[str] = None
    words: list[str] = Field(default_factory=list, max_length=5)
    sizes: list[int] = [1, 2]
    address: Address
    billing: Optional[Address] = None
    lines: list[LineItem] = Field(min_length=1, max_length=4)
    pay: Annotated[Union[Card, Transfer], Field(discriminator="kind")]
    key: int | str = 5
    stock: dict[str, int] = {}
    depots: dict[str, Address] = {}
    span: tuple[int, str] = (1, "day")
    document: Optional[Path] = None
    picture: bytes = b""
    anything: Any = None
    settings: dict[str, Any] = {"mode": "fast"}


class OrderWorkflow(Workflow):
    """Takes a value of every kind and gives each back."""

    @step
    async def take(self, ev: OrderStart) -> StopEvent:
        told = {name: repr(getattr(ev, name)) for name in type(ev).model_fields}
        told["document"] = ev.document.read_text() if ev.document else "none"
        return StopEvent(result=told)
