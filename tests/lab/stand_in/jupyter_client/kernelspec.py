"""Kernels are looked for by the real one."""
