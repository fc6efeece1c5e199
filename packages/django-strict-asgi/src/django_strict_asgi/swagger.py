"""Settings of Swagger UI."""

from typing import Final

# The page's settings, in JavaScript. drf-spectacular's own interceptor would send the
# token that was valid when the page was loaded, beside that of a documented header.
SWAGGER_UI: Final = """{
  deepLinking: true,
  persistAuthorization: true,
  requestInterceptor: (request) => {
    const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
    const url = new URL(request.url, document.baseURI);
    if (token && !request.loadSpec && url.origin === location.origin) {
      request.headers["X-CSRFToken"] = token[1];
    }
    return request;
  },
}"""
