"""What a prompt tells a model about marks: the same words in every prompt that lists facts."""

MARKING = """\
Mark what states a fact: put the words in square brackets and the number of the fact in round brackets behind them,
as in "[Three buildings were built](4,5) [in the top-left](6)." or "[Yes](1)."
- Everything that says a number, a class, a place, a size, a share, a date, that something was built, removed or
  came in place of something else, a comparison, or that something did not change, stands in a mark. Outside of
  marks are only words that state nothing.
- The words of a mark say its fact by themselves, and no more than that fact. Words side by side that say two
  facts stand in one mark with both numbers. A fact about one class is told with the name of that class in the mark
  or before it.
- In marks write plainly: "built", "removed", "changed", "did not change", "unchanged"; numbers as words or
  digits; a place by the name of its cell ("top-left", "bottom-center", also "the bottom-left corner") or as the
  list has it; "largest", "most" and "more" only for facts of that kind. Outside of marks and in questions the tone
  may be free.
- State nothing that the list does not hold. Where the list does not say "built" or "removed" of a class, write
  "changed". Call nothing large or small unless the list does. An answer marks a fact that is about what was asked.
- What "a person wrote" may be told in much the same words.
- Questions carry no marks. They name no class, number or place but those of the facts that their answers mark.
The marks are taken out afterwards; the text must read well without them."""
