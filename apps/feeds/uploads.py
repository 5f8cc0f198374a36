import io

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler


class StopAtLimit(FileUploadHandler):
    """Stands before the handlers that keep a file: beyond the limit they are given nothing more, so no disk is filled. What is left is the size."""

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data, start):
        self.received += len(raw_data)
        return None if self.is_too_large else raw_data

    def file_complete(self, file_size):
        return UploadedFile(file=io.BytesIO(), name=self.file_name, size=self.received) if self.is_too_large else None

    @property
    def is_too_large(self):
        return self.received > settings.FEED_FILE_LIMIT
