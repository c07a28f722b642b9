using Crm.EventStore;
using Crm.Messaging;

namespace Crm.Imports;

/// <summary>
/// Empties rows that became nobody, once nothing was done with their import for a while (<c>Crm:Imports:KeepRefusedRowsDays</c>, 30 days): they name no record
/// with which they could be erased. Numbers and verdicts stay; an import that was never committed has to be uploaded again.
/// </summary>
internal sealed record RemoveOldRows;

internal static class RemoveOldRowsHandler
{
    public static async Task<Effects> HandleAsync(HandlerScope scope, int days, CancellationToken ct)
    {
        var before = scope.Context.Now.AddDays(-days);
        Statement old = $"select i.id from imports.imports i where i.doc->>'status' not in ('checking', 'running', 'reverting') and i.known_from < {before}";
        return
        [
            Effects.Sql($"""
                update imports.rows r set sealed = null, cells = array_fill(''::text, array[jsonb_array_length(i.doc->'columns')]) from imports.imports i
                where i.id = r.import_id and i.doc->>'status' not in ('checking', 'running', 'reverting') and i.known_from < {before}
                  and (r.sealed is not null or r.cells <> array_fill(''::text, array[cardinality(r.cells)]))
                  and not exists (select 1 from imports.results s where s.import_id = r.import_id and s.row = r.row and s.record_id is not null)
                """),
            Effects.Sql($"""
                update imports.results s set messages = '[]', changes = '[]', conflicts = '[]' from imports.imports i
                where i.id = s.import_id and i.doc->>'status' not in ('checking', 'running', 'reverting') and i.known_from < {before} and s.record_id is null and s.messages <> '[]'
                """),
            .. (await ImportTables.ForgetSamplesAsync(scope.Store, old, ct)).Select(Effects.Sql),
        ];
    }
}
