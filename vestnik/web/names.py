"""Names of gateways and attributes in paths: ``<gateway:name>``, ``<attribute:name>``, once this module is imported."""

from django.urls import register_converter


class _Name:
    """A name as it is; a path with anything else is a 404."""

    regex = ""

    def to_python(self, value: str) -> str:
        """Return the name as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return the name as it is."""
        return value


class GatewayConverter(_Name):
    """The name of a gateway."""

    regex = "[a-z][a-z0-9-]{0,39}"


class AttributeConverter(_Name):
    """The name of an attribute of clients."""

    regex = "[a-z][a-z0-9_]{0,39}"


register_converter(GatewayConverter, "gateway")
register_converter(AttributeConverter, "attribute")
