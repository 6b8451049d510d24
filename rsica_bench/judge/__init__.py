"""A language model as the judge of free answers: rubrics, votes, agreement, cost."""

from rsica_bench.judge.judging import JudgeOptions, judge_run, plan_run
from rsica_bench.judge.rubric import Rubric, load_rubric

__all__ = ["JudgeOptions", "Rubric", "judge_run", "load_rubric", "plan_run"]
