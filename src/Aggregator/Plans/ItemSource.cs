namespace EventGateway.Aggregator;

/// <summary>Where the items of a repeated step come from: <c>user#/events</c>.</summary>
internal sealed record ItemSource(int StepIndex, JsonPointer Pointer, string Text);
