using System.Text.Json;

namespace Crm.Customers.Tests;

internal static class JsonTexts
{
    /// <summary>The object as JSON with its nulls, which <see cref="Testing.Api"/> leaves out of bodies.</summary>
    public static string ToJson(this object value) => JsonSerializer.Serialize(value, JsonSerializerOptions.Web);
}
