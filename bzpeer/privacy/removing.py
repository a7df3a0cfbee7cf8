"""x"""
def forget_old_requests() -> int:
    return 0
