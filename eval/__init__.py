"""Evaluation against gold questions; drives the answer package from outside."""
