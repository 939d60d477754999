"""The files for people and CI that stand beside a page: summary.md, junit.xml."""
