namespace EventGateway.EndToEnd.Tests;

/// <summary>The files of the repository that these tests were built from.</summary>
internal static class Repository
{
    private static readonly string Root = FindRoot();

    public static string PathTo(string path) => Path.Combine(Root, path);

    public static string Read(string path) => File.ReadAllText(PathTo(path));

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "EventGateway.sln")))
        {
            directory = directory.Parent!;
        }

        return directory.FullName;
    }
}
