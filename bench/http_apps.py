"""hookkit's receivers, for servers to load."""

from bench import contenders

hookkit = contenders.standard_receiver()
hookkit_fast = contenders.receiver()
