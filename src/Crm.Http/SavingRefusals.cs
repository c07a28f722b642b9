using Crm.EventStore;
using Npgsql;

namespace Crm.Http;

/// <summary>What only the saving knows, as a job lists it for the one record that it is about.</summary>
public static class SavingRefusals
{
    /// <summary>Another record has a unique value meanwhile, or nothing more is recorded of a person; null for everything that is no refusal.</summary>
    /// <param name="exception">What the saving failed with.</param>
    public static Rejection? Of(Exception exception) => exception switch
    {
        // The constraint carries the code.
        PostgresException { SqlState: "23505", ConstraintName: { } taken } => new(taken, "该值已被其他记录使用。", "Another record has this value already."),
        PersonErasedException => new("erased", "此人的信息已被永久删除，不能再记录。", "What was known of this person was erased for good; nothing more can be recorded.", 410),
        _ => null,
    };
}
