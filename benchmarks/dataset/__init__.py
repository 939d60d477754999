"""A data set held against the law by somebody who has seen only its files."""
