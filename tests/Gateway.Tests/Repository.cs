namespace EventGateway.Gateway.Tests;

/// <summary>The working copy that the tests were built from.</summary>
internal static class Repository
{
    public static string PathOf(string file)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "EventGateway.sln")))
        {
            directory = directory.Parent ?? throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} is in no working copy.");
        }

        return Path.Combine(directory.FullName, file);
    }
}
