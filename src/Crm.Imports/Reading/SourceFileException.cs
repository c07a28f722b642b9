namespace Crm.Imports;

/// <summary>A file that cannot be read as a table. Carries a stable code and the text for people in both languages; never a cell's content.</summary>
internal sealed class SourceFileException : Exception
{
    public SourceFileException(string code, string chinese, string english, Exception? inner = null)
        : base(english, inner)
    {
        Code = code;
        Chinese = chinese;
    }

    /// <summary>Stable code, for example <c>file_not_a_table</c>.</summary>
    public string Code { get; }

    /// <summary>What is wrong and what to do, in Chinese.</summary>
    public string Chinese { get; }

    /// <summary>What is wrong and what to do, in English.</summary>
    public string English => Message;
}
