using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EventGateway.Aggregator;

/// <summary>Turns one aggregation's options into a plan, and finds every reason why that can't be done.</summary>
internal sealed class PlanCompiler(string name, AggregationOptions options)
{
    private readonly List<PlanProblem> _problems = [];

    public AggregationPlan? Compile(ICollection<PlanProblem> problems)
    {
        var methods = CompileMethods();
        var parameters = CompileParameters();
        var sources = CompileSources();
        var steps = CompileSteps(parameters, sources);
        var output = CompileOutput();
        CheckThatStepsAreUsed(sources, output);

        foreach (var problem in _problems)
        {
            problems.Add(problem);
        }

        return _problems.Count == 0 ? new(name, options, methods, parameters!, steps, output) : null;
    }

    private void Report(string path, string message) => _problems.Add(new(path, message));

    private void ReportRelation(string path, string message) => _problems.Add(new(path, message) { IsRelation = true });

    private void ReportUnknownStep(string path, string id) => _problems.Add(new(path, $"There is no step '{id}'.")
    {
        Unknown = id,
        Known = [.. options.Steps.Select(step => step.Id)],
        IsRelation = true,
    });

    private List<string> CompileMethods()
    {
        for (var i = 0; i < options.Match.Methods.Count; i++)
        {
            if (options.Match.Methods[i].ToUpperInvariant() is not ("GET" or "HEAD"))
            {
                Report($"Match:Methods:{i}", $"'{options.Match.Methods[i]}' can't be aggregated: only GET and HEAD can.");
            }
        }

        return options.Match.Methods.Count == 0 ? ["GET"] : [.. options.Match.Methods.Select(m => m.ToUpperInvariant()).Distinct()];
    }

    // Null when the path can't be read: then nobody knows what its parameters are.
    private IReadOnlyList<string>? CompileParameters()
    {
        const string Path = "Match:Path";
        if (!PathTemplate.TryParse(options.Match.Path, out var template, out var problem))
        {
            Report(Path, problem);
            return null;
        }

        if (!template.HasWholeSegmentsOnly)
        {
            Report(Path, $"'{options.Match.Path}' has a query, or a placeholder that isn't a whole segment.");
        }

        foreach (var twice in template.Names.GroupBy(n => n).Where(group => group.Count() > 1))
        {
            Report(Path, $"'{{{twice.Key}}}' stands twice.");
        }

        if (template.Names.Contains(PathTemplate.Item))
        {
            Report(Path, $"'{{{PathTemplate.Item}}}' is the name of a repeated step's entry; call the parameter something else.");
        }

        return template.Names;
    }

    private ItemSource?[] CompileSources()
    {
        var sources = new ItemSource?[options.Steps.Count];
        for (var i = 0; i < sources.Length; i++)
        {
            if (options.Steps[i].ForEach is { } forEach)
            {
                sources[i] = CompileSource(i, forEach);
            }
        }

        return sources;
    }

    private ItemSource? CompileSource(int index, string forEach)
    {
        var path = $"Steps:{index}:ForEach";
        var hash = forEach.IndexOf('#', StringComparison.Ordinal);
        if (hash < 0 || !JsonPointer.TryParse(forEach[(hash + 1)..], out var pointer))
        {
            Report(path, $"'{forEach}' is no step id, '#' and JSON Pointer, like 'user#/events'.");
            return null;
        }

        var id = forEach[..hash];
        var source = options.Steps.FindIndex(step => step.Id == id);
        if (source < 0)
        {
            ReportUnknownStep(path, id);
        }
        else if (source >= index)
        {
            ReportRelation(path, source == index ? "A step can't wait for its own answer." : $"Step '{id}' must stand before the step that uses it.");
        }
        else if (options.Steps[source].ForEach is not null)
        {
            ReportRelation(path, $"Step '{id}' is repeated itself: its many answers have no one list.");
        }
        else
        {
            return new(source, pointer, forEach);
        }

        return null;
    }

    private List<StepPlan> CompileSteps(IReadOnlyList<string>? parameters, ItemSource?[] sources)
    {
        if (options.Steps.Count == 0)
        {
            Report("Steps", "An aggregation needs at least one step.");
        }

        var plans = new List<StepPlan>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < options.Steps.Count; i++)
        {
            var step = options.Steps[i];
            CheckId(i, step.Id, ids);
            if (step.Timeout > options.TotalTimeout)
            {
                _problems.Add(new($"Steps:{i}:Timeout", $"{step.Timeout} is longer than the whole aggregation may take, {options.TotalTimeout}.")
                {
                    OtherPath = "TotalTimeout",
                });
            }

            if (CompilePath(i, step, parameters) is { } path)
            {
                plans.Add(new(i, step, path, parameters ?? [], sources[i], feedsOthers: sources.Any(source => source?.StepIndex == i)));
            }
        }

        return plans;
    }

    private void CheckId(int index, string id, HashSet<string> seen)
    {
        var path = $"Steps:{index}:Id";
        if (id is "" || id.Contains('#', StringComparison.Ordinal))
        {
            Report(path, $"'{id}' is no id: it is empty or has a '#'.");
        }
        else if (!seen.Add(id))
        {
            Report(path, $"There is another step '{id}'.");
        }
    }

    private PathTemplate? CompilePath(int index, StepOptions step, IReadOnlyList<string>? parameters)
    {
        var path = $"Steps:{index}:Path";
        if (!PathTemplate.TryParse(step.Path, out var template, out var problem))
        {
            Report(path, problem);
            return null;
        }

        foreach (var placeholder in template.Names.Distinct().Except(parameters ?? [.. template.Names.Where(name => name != PathTemplate.Item)]))
        {
            if (placeholder != PathTemplate.Item)
            {
                _problems.Add(new(path, $"'{{{placeholder}}}' is no parameter of '{options.Match.Path}'.")
                {
                    Unknown = placeholder,
                    Known = parameters!,
                    IsRelation = true,
                });
            }
            else if (step.ForEach is null)
            {
                ReportRelation(path, $"'{{{placeholder}}}' has a meaning only in a step with ForEach.");
            }
        }

        if (step.ForEach is not null && !template.Names.Contains(PathTemplate.Item))
        {
            ReportRelation(path, $"A step with ForEach needs '{{{PathTemplate.Item}}}' in its path: all its calls would be the same.");
        }

        return template;
    }

    private OutputPlan CompileOutput()
    {
        if (options.Output.Step is { } step)
        {
            if (options.Output.Members.Count > 0)
            {
                Report("Output", "The output is either a step or an object of steps, not both.");
            }

            return new([new(ReadOnlyMemory<byte>.Empty, FindOutput("Output", step))], ReadOnlyMemory<byte>.Empty);
        }

        if (options.Output.Members.Count == 0)
        {
            Report("Output", "The output names no step.");
        }

        var members = new List<OutputMember>();
        foreach (var (member, id) in options.Output.Members)
        {
            // Relaxed: the answer is JSON and never a part of HTML, so that names stay legible.
            var escaped = JsonEncodedText.Encode(member, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
            var prefix = $"{(members.Count == 0 ? '{' : ',')}\"{escaped}\":";
            members.Add(new(Encoding.UTF8.GetBytes(prefix), FindOutput($"Output:{member}", id)));
        }

        return new([.. members], "}"u8.ToArray());
    }

    private int FindOutput(string path, string id)
    {
        var index = options.Steps.FindIndex(step => step.Id == id);
        if (index < 0)
        {
            ReportUnknownStep(path, id);
        }

        return index;
    }

    private void CheckThatStepsAreUsed(ItemSource?[] sources, OutputPlan output)
    {
        // A reference that is wrong itself would make innocent steps look unused.
        if (_problems.Count > 0)
        {
            return;
        }

        for (var i = 0; i < sources.Length; i++)
        {
            if (!sources.Any(source => source?.StepIndex == i) && !output.Members.Any(member => member.StepIndex == i))
            {
                ReportRelation($"Steps:{i}", $"Nobody uses the answer of step '{options.Steps[i].Id}': neither the output nor a ForEach.");
            }
        }
    }
}
