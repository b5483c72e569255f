"""An exception of a service's own, as projects define them: message template and keyword arguments."""


class QuotaExceeded(Exception):
    def __init__(self, message=None, **kwargs):
        self.kwargs = kwargs
        super().__init__(message or "Quota of %(limit)s exceeded for %(resource)s" % kwargs)
