using System.Text.Json.Nodes;

namespace EventGateway.Gateway.OpenApi;

/// <summary>What operations of every configuration refer to.</summary>
internal static class OpenApiParts
{
    public static JsonNode Problem() => JsonNode.Parse(
        """
        {
          "type": "object",
          "description": "Problem details (RFC 9457), with the event API's own members.",
          "required": [ "type", "title", "status", "detail", "correlationId", "code", "success", "error", "message" ],
          "properties": {
            "type": { "type": "string", "format": "uri", "description": "urn:eventgateway:error: and the code." },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "correlationId": { "type": "string" },
            "code": { "type": "string", "description": "Stable, for programs." },
            "member": { "type": "string", "description": "The member of the request body that is at fault." },
            "step": { "type": "string", "description": "The step of an aggregation that failed." },
            "item": { "type": "string", "description": "The entry for which it was called." },
            "success": { "type": "boolean", "const": false },
            "error": { "type": "string" },
            "message": { "type": "string" },
            "retryAfter": { "type": "integer", "description": "Seconds; the same as Retry-After." },
            "circuitBreakerState": { "type": "string", "enum": [ "OPEN", "HALF_OPEN", "FORCED_OPEN" ] }
          }
        }
        """)!;

    public static JsonObject Headers() => JsonNode.Parse(
        """
        {
          "X-Correlation-Id": { "description": "Names this request in logs.", "schema": { "type": "string" } },
          "Retry-After": { "description": "Seconds after which another try makes sense.", "schema": { "type": "integer" } },
          "RateLimit": { "description": "What is left of the client's limit, and for how long.", "schema": { "type": "string" } },
          "RateLimit-Policy": { "description": "The client's limit.", "schema": { "type": "string" } },
          "WWW-Authenticate": { "description": "By what the client can be let in.", "schema": { "type": "string" } },
          "X-Gateway-Partial": { "description": "How many parts of the answer are missing.", "schema": { "type": "string" } },
          "ETag": { "description": "Names what was sent; If-None-Match asks whether it still holds.", "schema": { "type": "string" } },
          "Age": { "description": "Seconds for which the answer has been kept; missing where it is new.", "schema": { "type": "integer" } },
          "Cache-Status": { "description": "Whether the answer was kept, and for how long it still is (RFC 9211).", "schema": { "type": "string" } },
          "Deprecation": { "description": "Since when this path shouldn't be used (RFC 9745).", "schema": { "type": "string" } },
          "Sunset": { "description": "From when on it may be gone (RFC 8594).", "schema": { "type": "string" } },
          "Link": { "description": "What to use instead, and a page that says more.", "schema": { "type": "string" } }
        }
        """)!.AsObject();
}
