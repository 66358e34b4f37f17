namespace EventGateway.Aggregator;

/// <summary>What is written around and between the steps' answers.</summary>
internal sealed record OutputPlan(OutputMember[] Members, ReadOnlyMemory<byte> Suffix);

/// <summary>One step's place in the output, and the text before it.</summary>
internal readonly record struct OutputMember(ReadOnlyMemory<byte> Prefix, int StepIndex);
