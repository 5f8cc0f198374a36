"""How other systems hand files in: by a key, over HTTP, described in OpenAPI. Its texts are English; who reads them writes programs."""
