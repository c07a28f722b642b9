using System.Text.Json;
using Crm.EventStore;
using Crm.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Npgsql;
using NpgsqlTypes;

namespace Crm.Imports;

/// <summary>
/// Takes a CSV or XLSX file (<c>file</c>, and optionally <c>target</c>), reads all of it, proposes target and mapping, and begins the dry run. A file that
/// cannot be read is refused as a whole and leaves nothing behind.
/// </summary>
internal static class UploadImportFeature
{
    public static void Map(IEndpointRouteBuilder imports) => imports
        .MapUpload<UploadedFile, Import>("", Right.Create("imports"), UploadedFile.ReceiveAsync, BeginAsync)
        .Accepts<Form>("multipart/form-data");

    /// <summary>The body, for the documentation.</summary>
    /// <param name="File">A CSV or XLSX file.</param>
    /// <param name="Target">What the rows are; guessed from the columns if absent.</param>
    private sealed record Form(IFormFile File, string? Target);

    private static async Task<Decision> BeginAsync(UploadedFile upload, CommandScope scope, SqlBatch sql)
    {
        var targets = scope.Service<TargetCatalogue>();
        var access = Access.Of(scope.Http);
        if (upload.Target is { } named)
        {
            if (targets.Find(named) is null) return ImportErrors.UnknownTarget(named);
            if (!access.May(Right.Create(named)) || !access.May(Right.Change(named))) return ImportErrors.Forbidden(named);
        }
        try
        {
            var file = SourceFile.Open(upload.Content, upload.Name, scope.Service<SourceLimits>());
            var (profile, rows) = await StoreAsync(file, scope);
            sql.Add($"delete from imports.uploads where import_id = {scope.Id}");
            var saved = await ImportMapping.FindAsync(scope.Store, profile.Select(c => c.Name),
                code => (upload.Target ?? code) == code && targets.Find(code) is not null && access.May(Right.Create(code)) && access.May(Right.Change(code)), scope.Aborted);
            var target = targets.Find(saved?.Target ?? upload.Target) ?? targets.Guess(profile);
            var format = new ImportFormat(file.Format.Kind, file.Format.Encoding, file.Format.Delimiter, file.Format.Bom, file.Format.Sheet, file.Format.HeaderRow, rows);
            var columns = saved is not null ? saved.For(profile) : target is null
                ? [.. profile.Select(c => new ImportColumn(c.Name, c.Index, null, null, 0))]
                : targets.Propose(target, profile);
            return
            [
                new ImportUploaded(upload.Name, upload.Content.Length, format),
                new ImportMapped(target?.Code, upload.Target is null && saved is null, columns, [], saved?.Options ?? new ImportOptions(), saved?.Name ?? SystemPreset.Find(profile.Select(c => c.Name), target?.Code ?? "")?.System),
            ];
        }
        catch (SourceFileException e)
        {
            throw UploadedFile.Of(e);
        }
    }

    /// <summary>Copies every row into the module's table and looks at every value on the way.</summary>
    private static async Task<(IReadOnlyList<ColumnProfile> Profile, int Rows)> StoreAsync(SourceFile file, CommandScope scope)
    {
        var profilers = file.Columns.Select((name, i) => new ColumnProfiler(name, i)).ToList();
        var rows = 0;
        await using var connection = await scope.Database.OpenConnectionAsync(scope.Aborted);
        await using var transaction = await connection.BeginTransactionAsync(scope.Aborted);
        await ExecuteAsync(connection, $"insert into imports.uploads (import_id, created_at) values ({scope.Id}, {scope.Now.At})", scope.Aborted);
        await using (var copy = await connection.BeginBinaryImportAsync("copy imports.rows (import_id, row, problem, cells, sealed) from stdin (format binary)", scope.Aborted))
        {
            foreach (var row in file.Rows())
            {
                for (var i = 0; i < profilers.Count; i++) profilers[i].Add(row.Cells[i]);
                await copy.StartRowAsync(scope.Aborted);
                await copy.WriteAsync(scope.Id, NpgsqlDbType.Uuid, scope.Aborted);
                await copy.WriteAsync(row.Number, NpgsqlDbType.Integer, scope.Aborted);
                await copy.WriteAsync((short)row.Problem, NpgsqlDbType.Smallint, scope.Aborted);
                if (scope.Store.Personal is { } personal)
                {
                    await copy.WriteNullAsync(scope.Aborted);
                    await copy.WriteAsync(personal.Protect("imports.rows", JsonSerializer.SerializeToUtf8Bytes(row.Cells, EventSerializer.Options)), NpgsqlDbType.Bytea, scope.Aborted);
                }
                else
                {
                    await copy.WriteAsync(row.Cells, NpgsqlDbType.Array | NpgsqlDbType.Text, scope.Aborted);
                    await copy.WriteNullAsync(scope.Aborted);
                }
                rows++;
            }
            await copy.CompleteAsync(scope.Aborted);
        }
        IReadOnlyList<ColumnProfile> profile = [.. profilers.Select(p => p.Profile())];
        var notes = HeaderNotes.Of(file.Notes, profile);
        await ExecuteAsync(connection, $"""
            insert into imports.profiles (import_id, columns, notes) values ({scope.Id}, {SqlBatch.Json(ImportTables.Sealed(profile, scope.Store.Personal))}, {SqlBatch.Json(ImportTables.Json(notes))})
            """, scope.Aborted);
        await transaction.CommitAsync(scope.Aborted);
        return (profile, rows);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, Statement statement, CancellationToken ct)
    {
        await using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(statement.ToCommand());
        await batch.ExecuteNonQueryAsync(ct);
    }
}
