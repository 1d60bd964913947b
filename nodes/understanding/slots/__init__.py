"""Slots of a question: days, amounts, people, stages, records, words, counting; read by code and put into a Query."""
