using Npgsql;

namespace Crm.Customers;

/// <summary>Columns of the answers that tell of groups and graphs, which may be empty where nothing may be seen.</summary>
internal static class ReaderColumns
{
    public static string? Text(this NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

    /// <summary>A stable code as its value.</summary>
    public static T? Code<T>(this NpgsqlDataReader reader, int column) where T : struct, Enum => reader.Text(column) is { } code ? Enum.Parse<T>(code, true) : null;
}
