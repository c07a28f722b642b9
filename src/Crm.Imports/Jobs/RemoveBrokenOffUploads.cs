using Crm.Messaging;

namespace Crm.Imports;

/// <summary>Removes the rows of uploads that were broken off before they came into the log.</summary>
internal sealed record RemoveBrokenOffUploads;

internal static class RemoveBrokenOffUploadsHandler
{
    public static Effects Handle(RemoveBrokenOffUploads message, MessageContext context)
    {
        var before = context.Now.AddHours(-1);
        return
        [
            Effects.Sql($"delete from imports.rows where import_id in (select import_id from imports.uploads where created_at < {before})"),
            Effects.Sql($"delete from imports.profiles where import_id in (select import_id from imports.uploads where created_at < {before})"),
            Effects.Sql($"delete from imports.uploads where created_at < {before}"),
        ];
    }
}
