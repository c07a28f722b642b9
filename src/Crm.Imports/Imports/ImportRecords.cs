using System.Text.Json.Nodes;
using Crm.Contracts;
using Crm.EventStore;
using Crm.Http;

namespace Crm.Imports;

/// <summary>
/// What rows of files hold of customers: those that became a customer, changed one or were left out because of one; and of the rows that became nobody those with
/// a number or an address of the person. The latter are looked through, which an erasure can afford: they are kept for a month only (<see cref="RemoveOldRows"/>).
/// </summary>
internal sealed class ImportRecords(DocumentStore store) : IPersonalRecords
{
    public string Name => "imports";

    public async Task EraseAsync(Guid customer, Guid? contact, DocumentSession session, CancellationToken ct)
    {
        var (imports, rows) = await RefusedAsync(Traces.Of(await store.Query.FetchStreamAsync(customer, 0, ct), contact), ct);
        Empty(session.Sql, () => $"select * from unnest({imports}, {rows})");
        // Of a contact those rows whose file has contacts: which of them a row names is not asked.
        Empty(session.Sql, () => $"""
            select s.import_id, s.row from imports.results s join imports.imports j on j.id = s.import_id where s.record_id = {customer}
              and ({contact is null} or s.conflicts <> '[]' or exists (select from jsonb_array_elements(j.doc->'columns') c where c->>'field' like 'contact%'))
            """);
        Statement touched = $"""
            select s.import_id from imports.results s join imports.imports j on j.id = s.import_id where s.record_id = {customer}
              and ({contact is null} or exists (select from jsonb_array_elements(j.doc->'columns') c where c->>'field' like 'contact%')) union select unnest({imports})
            """;
        foreach (var statement in await ImportTables.ForgetSamplesAsync(store, touched, ct)) session.Sql.Add(statement);
    }

    public async Task<JsonArray?> ReportAsync(Guid customer, CancellationToken ct)
    {
        await using var command = store.DataSource.CreateCommand("""
            select i.id, i.doc->>'fileName', s.row, r.cells, r.sealed from imports.results s join imports.imports i on i.id = s.import_id
            join imports.rows r on r.import_id = s.import_id and r.row = s.row where s.record_id = $1 order by i.id, s.row
            """);
        command.Parameters.Add(Statement.Parameter(customer));
        await using var reader = await command.ExecuteReaderAsync(ct);
        var rows = new JsonArray();
        while (await reader.ReadAsync(ct))
            rows.Add(new JsonObject
            {
                ["importId"] = reader.GetGuid(0), ["fileName"] = reader.IsDBNull(1) ? null : reader.GetString(1), ["row"] = reader.GetInt32(2),
                ["cells"] = new JsonArray([.. ImportTables.Cells(reader, 3, 4, store.Personal).Select(c => (JsonNode)c)]),
            });
        return rows;
    }

    /// <summary>Leaves of rows that they were there, and nothing of what was said about them.</summary>
    private static void Empty(SqlBatch sql, Func<Statement> chosen)
    {
        var both = new SqlBatch();
        both.Add(chosen());
        both.Add(chosen());
        both.Commands[0].CommandText = $"""
            update imports.rows r set sealed = null, cells = array_fill(''::text, array[jsonb_array_length(i.doc->'columns')])
            from ({both.Commands[0].CommandText}) as chosen(import_id, row) join imports.imports i on i.id = chosen.import_id where r.import_id = chosen.import_id and r.row = chosen.row
            """;
        both.Commands[1].CommandText = $"""
            update imports.results s set messages = '[]', changes = '[]', conflicts = '[]' from ({both.Commands[1].CommandText}) as chosen(import_id, row) where s.import_id = chosen.import_id and s.row = chosen.row
            """;
        foreach (var command in both.Commands) sql.Add(command);
    }

    /// <summary>The rows that became nobody and have a trace of the person.</summary>
    private async Task<(Guid[] Imports, int[] Rows)> RefusedAsync(Traces traces, CancellationToken ct)
    {
        var (imports, rows) = (new List<Guid>(), new List<int>());
        if (traces.IsEmpty) return ([], []);
        await using var command = store.DataSource.CreateCommand("""
            select r.import_id, r.row, r.cells, r.sealed from imports.rows r left join imports.results s on s.import_id = r.import_id and s.row = r.row
            where s.record_id is null and (r.sealed is not null or r.cells <> array_fill(''::text, array[cardinality(r.cells)]))
            """);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            if (!ImportTables.Cells(reader, 2, 3, store.Personal).Any(traces.In)) continue;
            imports.Add(reader.GetGuid(0));
            rows.Add(reader.GetInt32(1));
        }
        return ([.. imports], [.. rows]);
    }

    /// <summary>By what a row is known to be about a person: every number and address the person ever had here, in a form by which two spellings are the same.</summary>
    private sealed class Traces
    {
        private const int WholeNumber = 11;
        private readonly HashSet<string> digits = [];
        private readonly HashSet<string> addresses = [];

        public bool IsEmpty => digits.Count + addresses.Count == 0;

        /// <summary>Those of a customer and everybody there, or of one contact.</summary>
        public static Traces Of(IReadOnlyList<Event> events, Guid? contact)
        {
            var traces = new Traces();
            foreach (var e in events)
                switch (e.Data)
                {
                    case CustomerRegistered x when contact is null: traces.Add(x.Email, x.Phone, x.IdNumber, x.BankCard); break;
                    case CustomerDetailsChanged x when contact is null: traces.Add(x.Email, x.Phone, x.IdNumber, x.BankCard); break;
                    case ContactAdded x when contact is null || x.ContactId == contact: traces.Add(x.Email, x.Phone, x.IdNumber); break;
                    case ContactChanged x when contact is null || x.ContactId == contact: traces.Add(x.Email, x.Phone, x.IdNumber); break;
                }
            return traces;
        }

        /// <summary>Whether a cell has one of them; a long number also among other words.</summary>
        public bool In(string cell)
        {
            if (addresses.Any(a => cell.Contains(a, StringComparison.OrdinalIgnoreCase))) return true;
            var number = Digits(cell);
            return number.Length > 0 && digits.Any(d => d.Length >= WholeNumber ? number.Contains(d, StringComparison.Ordinal) : number == d);
        }

        private void Add(string? address, params ReadOnlySpan<string?> numbers)
        {
            if (address is { Length: > 3 }) addresses.Add(address.Trim());
            foreach (var number in numbers)
                if (number is not null && Digits(number) is { Length: >= 7 } known) digits.Add(known);
        }

        private static string Digits(string text)
        {
            var number = string.Concat(text.Normalize(System.Text.NormalizationForm.FormKC).Where(char.IsAsciiDigit));
            return number.Length == 13 && number.StartsWith("86", StringComparison.Ordinal) ? number[2..] : number;
        }
    }
}
