"""Allocation: the best set of edits under the budgets, with its certificate."""
