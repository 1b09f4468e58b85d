"""What all letters of a round say, written out in one language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from babel import Locale
from babel.dates import format_datetime
from babel.numbers import format_currency, get_currency_precision

from pb.eligibility.letter_texts import LANGUAGES, Texts
from pb.rounds import calendar
from pb.rounds.models import Phase, Round


@dataclass(frozen=True)
class Letterhead:
    """The facts of a round as a letter in one language writes them."""

    words: Texts
    language: str
    town: str
    round: str
    budget: str
    opens: str  # empty where voting has no dates yet
    closes: str
    address: str  # of the page that takes codes, for people to type
    sender: str = ""  # one small line above the address
    desk: str = ""  # where the help desk is, and when it is open

    def say(self, sentence: str, **more: object) -> str:
        """A sentence of the letter with its braces filled in."""
        return sentence.format(**vars(self), **more)

    def who(self, number: int, area: str) -> str:
        """The number on the roll, and the area of voters who have one."""
        words = self.words
        return (words.number_in_area if area else words.number).format(number=number, area=area)

    def invitation(self, area: str) -> str:
        """What the voter can decide about."""
        where = (self.words.for_area if area else self.words.for_town).format(area=area)
        return self.say(self.words.invitation, where=where)

    def holder(self, number: int) -> tuple[str, str]:
        """What stands in the window where no name is known."""
        return self.words.holder.format(number=number), self.town


def in_every_language(
    round: Round, *, town: str, address: str, sender: str = "", desk: str = ""
) -> Mapping[str, Letterhead]:
    """The letterheads of a round, by language; `address` is that of the page that takes codes."""
    voting = calendar.span(round, Phase.VOTING)
    return {
        language: Letterhead(
            words=words,
            language=language,
            town=town,
            round=round.name,
            budget=_money(round.budget, round.currency, words.locale),
            opens=_moment(voting.opens_at, round, words) if voting else "",
            closes=_moment(voting.closes_at, round, words) if voting else "",
            address=_left_to_right(address.split("://")[-1], words),
            sender=sender,
            desk=desk,
        )
        for language, words in LANGUAGES.items()
    }


def _left_to_right(address: str, words: Texts) -> str:
    """An address that stays in one piece among words that are read from the right."""
    return f"\u200e{address}\u200e" if words.right_to_left else address


def _money(amount: int, currency: str, locale: str) -> str:
    """An amount in minor units; cents only where there are any."""
    value = Decimal(amount) / 10 ** get_currency_precision(currency)
    pattern = Locale.parse(locale).currency_formats["standard"].pattern
    if not value % 1:
        pattern = pattern.replace(".00", "")
    text = format_currency(value, currency, pattern, locale=locale, currency_digits=False)
    return text.replace("\u200f", "")


def _moment(at: datetime, round: Round, words: Texts) -> str:
    return format_datetime(at.astimezone(round.zone), words.moment, locale=words.locale)
