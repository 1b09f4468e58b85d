"""Words of the glossary are marked where they appear, and nothing else changes."""

import re
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pb.purpose.documents.glossing import Words, gloss

WORDS = Words(
    [("budget", "Money."), ("participatory budget", "Ours."), ("amp", "Loud."), ("R&D", "?")]
)


@pytest.mark.parametrize(
    ("html", "linked"),
    [
        ("<p>The budget, the Budget.</p>", ["budget"]),
        ("<p>A participatory budget and a budget</p>", ["participatory budget", "budget"]),
        ("<p>budgets, rebudget</p>", []),
        ('<p><a href="/budget">budget</a> <code>budget</code></p><h2>budget</h2>', []),
        ("<p>Tea &amp; cake</p>", []),
        ("<p>R&amp;D</p>", ["R&amp;D"]),
        ("<p><em>budget</em></p>", ["budget"]),
    ],
)
def test_whole_words_once_and_never_in_links_code_or_headings(html, linked):
    found = gloss(html, WORDS, "/g")

    assert re.findall(r'class="app-term"[^>]*>([^<]*)</button>', found) == linked


def test_a_word_opens_its_meaning_without_a_script_and_leads_to_the_glossary():
    numbers = count(1)
    found = [gloss("<p>A budget.</p>", WORDS, "/g", numbers) for _ in range(2)]

    for number, html in enumerate(found, 1):
        assert f'popovertarget="meaning-{number}"' in html
        [meaning] = re.findall(rf'<span [^>]*id="meaning-{number}" popover>(.*?)</span>', html)
        assert "Money." in meaning and 'href="/g#term-budget"' in meaning


@given(
    st.lists(st.sampled_from(["<p>", "</p>", '<a href="x">', "</a>", "budget", " ", "&lt;", "x"]))
)
def test_the_text_stays_the_text(parts):
    html = "".join(parts)
    found = gloss(html, WORDS, "/g")

    plain = re.sub(r'<button [^>]*class="app-term"[^>]*>([^<]*)</button>', r"\1", found)
    assert re.sub(r'<span class="app-term__meaning".*?</span>', "", plain) == html
