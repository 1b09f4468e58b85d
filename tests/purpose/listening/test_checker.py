"""Open questions pass; leading ones, yes-or-no ones and doubles are turned away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.purpose.listening.checker import Reason, check

OPEN = """
What would good look like in your street?
How might we make the market square a place for everybody?
Which places do you avoid after dark?
Where do you meet your neighbours?
Who is missing when we meet?
When do you feel at home here?
Tell us about a day in your street.
Describe a place where you like to be.
What do you love about the park?
What is missing for older people?
How do you get to work, to school or to the shops?
In your street, what would help children to play?
If money were no matter, what would you change?
Why does the library matter to you?
At which crossings do you wait too long?
What should we know before we plan the square?
Which of these matters most to you, and to whom does it matter least?
Think of a place that you miss. What made it good?
What would a good cycle path look like?
What would have to be true for you to feel safe here?
How is it to live here with a child or a wheelchair?
Could you tell us what a good evening here looks like?
Imagine the square in ten years: what do you see?
What have we not asked?
Tell us who you talk to and what you talk about.
What can we learn from the flood?
How do you find out what is going on?
For whom is the town hall hard to reach?
What helps you when the bus does not come?
Share a story of a time when neighbours helped each other.
""".strip().splitlines()

NOT_OPEN = [
    ("Don’t you agree that the park needs benches?", Reason.LEADING),
    ("Wouldn't it be nice to have a pool?", Reason.LEADING),
    ("Do you agree that cars should go?", Reason.LEADING),
    ("The park is too dark, isn't it?", Reason.LEADING),
    ("We need more trees, don't you think?", Reason.LEADING),
    ("The square is ugly, right?", Reason.LEADING),
    ("Surely we need a new school?", Reason.LEADING),
    ("As everybody knows, what does traffic do to us?", Reason.LEADING),
    ("How much do you agree that we need a pool?", Reason.LEADING),
    ("Should we build a skate park?", Reason.YES_NO),
    ("Would you like a new playground?", Reason.YES_NO),
    ("Would you like to plant trees?", Reason.YES_NO),
    ("Is the park safe?", Reason.YES_NO),
    ("Are the streets clean enough?", Reason.YES_NO),
    ("Do you use the library?", Reason.YES_NO),
    ("Can we close the street on Sundays?", Reason.YES_NO),
    ("In your opinion, should we close the street?", Reason.YES_NO),
    ("So, is the bus on time?", Reason.YES_NO),
    ("A new pool: yes or no?", Reason.YES_NO),
    ("Tell us whether you like the square.", Reason.YES_NO),
    ("What is missing? And who should pay for it?", Reason.TWO),
    ("What is missing in the park, and who should look after it?", Reason.TWO),
    ("How do you travel and what would make it easier?", Reason.TWO),
    ("What should we do about the terrible traffic?", Reason.LOADED),
    ("How can we use the wonderful new hall?", Reason.LOADED),
    ("What do the so-called experts overlook?", Reason.LOADED),
    ("How happy are you with the new square?", Reason.ASSUMED),
    ("How much do you like the new square?", Reason.ASSUMED),
    ("Why is the park so dirty?", Reason.ASSUMED),
    ("Why do you want a pool?", Reason.ASSUMED),
    ("When will the town finally act?", Reason.ASSUMED),
    ("Whose fault is the traffic?", Reason.ASSUMED),
    ("What is wrong with the station?", Reason.ASSUMED),
    ("Why don't you come to the meetings?", Reason.WHY_NOT),
    ("Why not close the street?", Reason.WHY_NOT),
    ("Why can't we have nice things?", Reason.WHY_NOT),
    ("The park.", Reason.NOT_A_QUESTION),
    ("", Reason.NOT_A_QUESTION),
]

BETTER = [
    ("Should we build a skate park?", "How might we build a skate park?"),
    ("Why don't we close the street?", "How might we close the street?"),
    ("Would you like a new playground?", "What would a good playground look like?"),
    ("Don't you agree that the park needs benches?", "What would a good park look like?"),
    ("Is the park safe?", "What is the park like for you today?"),
    ("Are the streets clean?", "What would good streets look like?"),
    ("Do you use the library?", "What would a good library look like?"),
    ("How happy are you with the new square?", "What is the square like for you today?"),
    ("What is missing? And who should pay for it?", "What is missing?"),
    ("What should we do about the terrible traffic?", "What should we do about the traffic?"),
    ("Would you like to plant trees?", "How might we plant trees?"),
]


@pytest.mark.parametrize("text", OPEN)
def test_open_questions_pass(text):
    assert check(text).reasons == ()


@pytest.mark.parametrize(("text", "reason"), NOT_OPEN)
def test_others_are_turned_away_with_the_reason(text, reason):
    found = check(text)

    assert reason in found.reasons
    assert found.suggestions
    assert all(found.sentences)


@pytest.mark.parametrize(("text", "better"), BETTER)
def test_a_better_question_has_the_words_of_the_first(text, better):
    assert better in check(text).suggestions


WORDS = "should we do don't you is are the a park trees why what how agree that and so , ? not"


@given(st.lists(st.sampled_from(WORDS.split()), max_size=12).map(" ".join))
def test_what_is_suggested_is_open_itself(text):
    assert all(check(one).open for one in check(text).suggestions)


@given(st.text(max_size=300))
def test_no_text_breaks_it(text):
    assert check(text).open or check(text).suggestions
