"""The client catalogue: one file per client; nothing else knows a flag, port or quirk of one."""
