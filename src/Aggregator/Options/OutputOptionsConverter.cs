using System.ComponentModel;
using System.Globalization;

namespace EventGateway.Aggregator;

/// <summary>Lets a configuration binder read <c>"Output": "event"</c>.</summary>
public sealed class OutputOptionsConverter : TypeConverter
{
    /// <inheritdoc/>
    public override bool CanConvertFrom(ITypeDescriptorContext? context, Type sourceType) =>
        sourceType == typeof(string) || base.CanConvertFrom(context, sourceType);

    /// <inheritdoc/>
    public override object? ConvertFrom(ITypeDescriptorContext? context, CultureInfo? culture, object value) =>
        value is string step ? new OutputOptions { Step = step } : base.ConvertFrom(context, culture, value);
}
