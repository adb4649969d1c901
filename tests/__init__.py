"""A package: an installed one of this name would come before a plain folder, and Paddle's SDK has one."""
