using System.Globalization;
using Npgsql;

namespace Crm.Service;

/// <summary>Numbers that people say on the phone: unique, rising, with gaps where a command failed after drawing one.</summary>
internal static class TicketNumbers
{
    /// <summary>The next number, for example <c>T-000123</c>.</summary>
    public static async Task<string> NextAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand("select nextval('service.ticket_numbers')");
        return Of((long)(await command.ExecuteScalarAsync(ct))!);
    }

    internal static string Of(long value) => string.Create(CultureInfo.InvariantCulture, $"T-{value:000000}");
}
