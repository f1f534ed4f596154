"""The office itself: people, posts, calendar, deadlines, cases, registers, documents, statistics."""
