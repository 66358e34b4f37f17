using EventGateway.Gateway.Configuration;

namespace EventGateway.Demo;

/// <summary>What the Demo prints: where everything is, and five commands to see it work.</summary>
internal static class Tour
{
    public static string Text(string gateway, string? management, string upstream, GatewayPlan plan)
    {
        var breaker = plan.Breakers["addEvent"];
        return $$"""

            EventGateway demo

              gateway   {{gateway}}   /health /ready /metrics
              operators {{(management is null ? "(off)" : $"{management}   /status /docs /admin/breakers /admin/routes /admin/config")}}
              event API {{upstream}}   (a mock: dials at /__mock/faults, what it received at /__mock/requests)

            In this demo the breaker waits {{breaker.FirstWait.TotalSeconds}} s, then up to {{breaker.LongestWait.TotalSeconds}} s, where the shipped configuration waits 10 to 60 s.

            1. All users, passed through (the mock breaks 5 % of these calls, as the original does):
            curl -i {{gateway}}/getUsers

            2. All events, passed through:
            curl -i {{gateway}}/getEvents

            3. The events of user 1: one call for the user, then all events at once (500 ms each, about 500 ms together):
            curl -i -w '\n%{time_total} s\n' {{gateway}}/getEventsByUserId/1

            4. What Prometheus would see of the breaker:
            curl -s {{gateway}}/metrics | grep gateway_breaker

            5. The breaker at work, CLOSED -> OPEN -> HALF_OPEN -> CLOSED, in less than 30 s:
            for i in $(seq 50); do curl -s {{gateway}}/metrics | sed -n 's/^gateway_breaker_state{.*state="\([a-z_]*\)"} 1$/\1/p' | tr '[:lower:]\n' '[:upper:] '; curl -s -o /dev/null -w '%{http_code}\n' {{gateway}}/addEvent -H 'Content-Type: application/json' -d '{"name":"Demo","userId":"1"}'; sleep 0.45; done

            Ctrl+C ends the demo.


            """;
    }
}
