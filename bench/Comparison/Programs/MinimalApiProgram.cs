namespace EventGateway.Comparison.Programs;

/// <summary>An aggregation as one writes it in ASP.NET Core in ten minutes: typed clients' JSON in, <see cref="Task.WhenAll{TResult}(IEnumerable{Task{TResult}})"/>, JSON out.</summary>
internal static class MinimalApiProgram
{
    public static Task RunAsync(int port, string upstream)
    {
        var client = new HttpClient { BaseAddress = new Uri(upstream) };
        return PeerProgram.ServeAsync(WebApplication.CreateBuilder(), port, app => app.MapGet("/getEventsByUserId/{id}", async (string id) =>
        {
            var user = await client.GetFromJsonAsync<User>($"/getUserById/{id}");
            return await Task.WhenAll(user!.Events.Select(item => client.GetFromJsonAsync<Event>($"/getEventById/{item}")));
        }));
    }

    private sealed record User(string UserName, int Id, string Email, IReadOnlyList<string> Events);

    private sealed record Event(int Id, string Name, int UserId, string Details);
}
