"""`make bench`: what a completion costs, as shares of what the same database gives bare, measured in the same run."""
