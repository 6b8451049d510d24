"""Evaluating from Python: functions and adapters, scores and items."""

import pytest

import rsica_bench as rb
import rsica_data as rd


@pytest.fixture(scope="module")
def ds(tmp_path_factory):
    return rd.build("demo", out=tmp_path_factory.mktemp("built") / "ds", limit=3)


def test_a_function_is_given_what_it_names(ds):
    seen = []

    def model(after, prompt, before, beams=4):
        seen.append((before.size, after.size, before.mode, prompt))
        return "No"

    run = rb.evaluate(ds, model, tasks=["classification"])
    items = run.items("classification")
    assert [one[3] for one in seen] == [item.prompt for item in items]
    assert seen[0][:3] == ((256, 256), (256, 256), "RGB")
    truth = [not item.gold["changed"] for item in items]
    assert run.scores("classification")["accuracy"] == sum(truth) / len(truth)
    assert [item.right for item in items] == truth


def test_images_are_decoded_only_for_a_function_that_names_one(ds, monkeypatch):
    from rsica_bench.models import python

    decoded, decode = [], python.pil_rgb
    monkeypatch.setattr(python, "pil_rgb", lambda data: decoded.append(data) or decode(data))
    words = rb.evaluate(ds, lambda prompt, history: f"No {prompt[:0]}{len(history)}", tasks=["classification"])
    assert decoded == [] and {item.reply for item in words.items()} == {"No 0"}
    rb.evaluate(ds, lambda before: "No", tasks=["classification"])
    assert len(decoded) == 2 * len(words.items())


def test_the_gold_answers_are_all_right_and_an_empty_model_is_unparsed(ds):
    answers = {(row.pair.id, row.question): row.answer for row in ds.rows("test")}
    oracle = rb.evaluate(ds, "oracle")
    assert oracle.items(right=False) == []
    assert oracle.scores("counting")["mae"] == 0 and len(answers) > 5
    silent = rb.evaluate(ds, lambda prompt: "", tasks=["counting"])
    assert len(silent.items(unparsed=True)) == len(silent.items()) == len(ds.pairs("test"))
    assert silent.items()[0].pair.id == silent.items()[0].pair_id
    pyplot = pytest.importorskip("matplotlib.pyplot")
    title = silent.items()[0].plot(grid=True)[0].figure.get_suptitle().splitlines()
    assert title[0] == silent.items()[0].id and title[1].startswith("asked: ") and "not read" in title[2]
    pyplot.close("all")


def test_a_kept_run_opens_again_and_goes_on(ds, tmp_path):
    calls = []

    def model(prompt):
        calls.append(prompt)
        return "2 roads, 1 building"

    first = rb.evaluate(ds, model, out=tmp_path / "run", tasks=["counting"])
    asked = len(calls)
    again = rb.evaluate(ds, model, out=str(tmp_path / "run"), tasks=["counting"])
    assert len(calls) == asked and again.result == first.result
    opened = rb.open_run(str(tmp_path / "run"))
    assert opened.scores("counting") == first.scores("counting") and opened.intervals("counting")
    table = opened.to_pandas()
    assert set(table.columns) == {"task", "metric", "value", "low", "high"} and len(table) == len(
        first.scores("counting")
    )


@pytest.mark.parametrize("reply", ["No.", "no change", "Yes.", ""])
def test_one_reply_to_every_question_is_scored(ds, reply):
    run = rb.evaluate(ds, lambda prompt: reply)
    assert set(run.tasks) == set(ds.tasks) and all(run.scores(task) for task in run.tasks)


def test_two_runs_are_compared(ds):
    both = rb.compare(rb.evaluate(ds, "no-change"), rb.evaluate(ds, "oracle"))
    assert both["tasks"]["counting"]["metrics"]["mae"]["difference"] <= 0


@pytest.mark.parametrize(
    ("model", "more", "told"),
    [
        (lambda picture: "", {}, "takes 'picture'"),
        ("oracel", {}, "oracel"),
        ("oracle", {"tasks": ["count"]}, "count"),
        ("oracle", {"limit": 0}, "limit: should be at least 1"),
        ("oracle", {"batch_size": 0}, "batch_size: should be at least 1"),
        ("oracle", {"tasks": "counting"}, "tasks: is a list of names, not one text .*'counting'"),
        ("oracle", {"split": "tst"}, "no split 'tst'"),
        ("oracle", {"protocol": "chang"}, "chang"),
        (lambda prompt: "", {"device": "cpu"}, "computes where it likes"),
    ],
)
def test_mistakes_are_told_in_one_line(ds, model, more, told):
    with pytest.raises(rd.UserError, match=told):
        rb.evaluate(ds, model, **more)


def test_a_function_that_returns_no_text_fails_its_request_alone(ds):
    with pytest.warns(UserWarning, match="requests failed and count as unparsed, the first: .*returned a int"):
        run = rb.evaluate(ds, lambda prompt: 3, tasks=["counting"])
    assert "requests failed" in repr(run)
    assert run.result["failed"] == len(run.items()) and "returned a int" in run.items()[0].reason


def test_caption_scores_and_their_mistakes():
    found = rb.score_captions(["a b c d"], [["a b c d"]], protocol="words")
    assert (found["BLEU-4"], found["ROUGE-L"]) == pytest.approx((1, 1)) and dict(found) == found.scores
    for hypotheses, references, told in (
        (["a"], [], "1 hypotheses for 0"),
        (["a"], ["a"], "list of references"),
        ([], [], "no captions"),
    ):
        with pytest.raises(rd.UserError, match=told):
            rb.score_captions(hypotheses, references)
    with pytest.raises(rd.UserError, match="unknown caption protocol 'cooc'.*'coco'"):
        rb.score_captions(["a"], [["a"]], protocol="cooc")
    with pytest.raises(rd.UserError, match="hypotheses: item 1 is no text: 3"):
        rb.score_captions(["a", 3], [["a"], ["b"]])
    with pytest.raises(rd.UserError, match="hypotheses: is a list of captions"):
        rb.score_captions("ab", [["a"], ["b"]])


def test_a_run_shows_itself_in_a_notebook(ds):
    run = rb.evaluate(ds, lambda prompt: "No", name="<b>mine</b>", tasks=["classification"])
    assert "<b>mine" not in run._repr_html_() and "accuracy" in run._repr_html_()
    with pytest.raises(rd.UserError, match="no task 'counting' in this run"):
        run.scores("counting")
    with pytest.raises(rd.UserError, match="no task 'counting' in this run"):
        run.items("counting")


def test_runs_to_compare_may_be_folders_and_a_missing_one_is_named(ds, tmp_path):
    first = rb.evaluate(ds, "no-change", tasks=["counting"], out=tmp_path / "first")
    second = rb.evaluate(ds, "oracle", tasks=["counting"], out=tmp_path / "second")
    assert rb.compare(str(tmp_path / "first"), tmp_path / "second") == rb.compare(first, second)
    with pytest.raises(rd.UserError, match="strata: unknown stratum 'chang'.*'change'"):
        rb.compare(first, second, strata=["chang"])
    with pytest.raises(rd.UserError, match="nowhere: no such folder"):
        rb.compare(first, tmp_path / "nowhere")
    with pytest.raises(rd.UserError, match="nowhere: no such folder"):
        rb.open_run(tmp_path / "nowhere")
