"""/api/v1/schema/ and /api/v1/docs/: the API described for machines and for people. Nothing inline, nothing from elsewhere."""

from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView


class SchemaView(SpectacularAPIView):
    """The OpenAPI document."""

    authentication_classes = ()


class DocsView(SpectacularSwaggerSplitView):
    """The schema as a page; its script is an address of its own, as the content security policy wants."""

    authentication_classes = ()
    url_name = "api_schema"
    template_name = "api/docs.html"


class RootView(APIView):
    """The endpoints there are."""

    authentication_classes = ()

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        names = ("researchers", "works", "topics", "institutions", "search", "slice", "path", "schema", "docs")
        return Response({name: reverse(f"api_{name}", request=request) for name in names})
