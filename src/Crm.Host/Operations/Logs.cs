using System.Diagnostics;
using Microsoft.Extensions.Logging.Console;

namespace Crm.Host;

/// <summary>
/// What the host tells on its console: text for a person, or with the standard setting <c>Logging__Console__FormatterName=json</c>
/// one JSON object a line. Every line that belongs to a request carries its trace id, which is the correlation id of answers and events.
/// </summary>
internal static class Logs
{
    public static void Add(WebApplicationBuilder builder)
    {
        // Request lines carry query strings and links, which may be personal: never logged, wherever the host is started from.
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        builder.Services.AddSingleton<IExternalScopeProvider, TraceScope>();
        builder.Services.Configure<JsonConsoleFormatterOptions>(json =>
        {
            json.IncludeScopes = true;
            json.UseUtcTimestamp = true;
            json.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
        });
    }

    /// <summary>Whether a machine reads the console.</summary>
    public static bool AreJson(IConfiguration configuration) => string.Equals(configuration["Logging:Console:FormatterName"], ConsoleFormatterNames.Json, StringComparison.OrdinalIgnoreCase);

    /// <summary>A logger for what happens before the application is built.</summary>
    public static ILoggerFactory Early(IConfiguration configuration) => LoggerFactory.Create(logging => logging.AddConfiguration(configuration.GetSection("Logging")).AddJsonConsole(json =>
    {
        json.UseUtcTimestamp = true;
        json.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
    }));

    /// <summary>
    /// The trace, and nothing else: the framework's scopes carry the path of the request, which may be a link of the public form.
    /// </summary>
    private sealed class TraceScope : IExternalScopeProvider, IDisposable
    {
        public void ForEachScope<TState>(Action<object?, TState> callback, TState state)
        {
            if (Activity.Current is { } activity)
                callback(new KeyValuePair<string, object?>[] { new("TraceId", activity.TraceId.ToString()), new("SpanId", activity.SpanId.ToString()) }, state);
        }

        public IDisposable Push(object? state) => this;

        public void Dispose()
        {
        }
    }
}
