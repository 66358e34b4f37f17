using System.Diagnostics.CodeAnalysis;

namespace EventGateway.Gateway.Tests.Telemetry.Tracing;

/// <summary>Who listens to spans listens to those of the whole process: such tests run by themselves, after the others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
[SuppressMessage("Naming", "CA1711", Justification = "What the test framework calls a collection.")]
public sealed class AloneCollection
{
    public const string Name = "Listening to spans";
}
