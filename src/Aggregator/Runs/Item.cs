namespace EventGateway.Aggregator;

/// <summary>One id of a list, as text and as a URL-encoded segment.</summary>
internal readonly record struct Item(string Id, string Segment);
