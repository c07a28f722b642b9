using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Crm.EventStore;

/// <summary>
/// Statements that go to the server together. Text is written as an interpolated string whose holes become parameters, so that
/// a value can never become SQL.
/// </summary>
public sealed class SqlBatch
{
    private static readonly ConcurrentDictionary<string, Identifier> Live = new();
    private readonly IReadOnlyDictionary<string, Identifier>? beside;
    private readonly List<NpgsqlBatchCommand> commands = [];
    private readonly List<RowsOfOneStatement> open = [];

    /// <summary>An empty batch.</summary>
    public SqlBatch()
    {
    }

    /// <summary>A batch whose statements name the tables that are built beside the live ones.</summary>
    internal SqlBatch(IReadOnlyDictionary<string, Identifier> beside) => this.beside = beside;

    /// <summary>Whether the statements are for the live tables, and not for those that are built beside them: only then may one fail because of what the events say.</summary>
    public bool IsLive => beside is null;

    /// <summary>The statements, in order.</summary>
    public IList<NpgsqlBatchCommand> Commands
    {
        get
        {
            Close();
            return commands;
        }
    }

    /// <summary>Adds one statement; every hole becomes a parameter.</summary>
    public void Add(Statement statement) => Add(statement.ToCommand());

    /// <summary>Adds a statement that was built elsewhere.</summary>
    public void Add(NpgsqlBatchCommand command)
    {
        Close();
        commands.Add(command);
    }

    /// <summary>
    /// Adds a statement about one row, whose text has one <c>values (…)</c> and no further parentheses in it: an insert, or an update or delete that is joined to the
    /// values. Rows with the same text travel in one statement; two of one key do not, since a statement may touch a row but once. What is said of different
    /// keys is taken for independent: of one key the statements run in their order, and all before whatever is added otherwise.
    /// </summary>
    /// <param name="key">The row that the statement is about.</param>
    /// <param name="statement">The statement.</param>
    public void AddRow(object key, Statement statement)
    {
        var command = statement.ToCommand();
        for (var i = open.Count - 1; i >= 0; i--)
        {
            if (open[i].Take(key, command)) return;
            if (open[i].Has(key)) break;
        }
        commands.Add(command);
        open.Add(new RowsOfOneStatement(key, command));
    }

    /// <summary>Moves all statements into <paramref name="batch"/>.</summary>
    public void MoveTo(NpgsqlBatch batch)
    {
        Close();
        foreach (var command in commands) batch.BatchCommands.Add(command);
        commands.Clear();
    }

    private void Close()
    {
        foreach (var rows in open) rows.Close();
        open.Clear();
    }

    /// <summary>The value as a jsonb parameter.</summary>
    public static Jsonb Json(string json) => new(json);

    /// <summary>In a batch that appends events: the last sequence number they drew.</summary>
    public static Fragment LastSequence => new("currval('events.mt_events_sequence')");

    /// <summary>In a batch that appends nothing: zero.</summary>
    public static Fragment NoSequence => new("0");

    /// <summary>
    /// A table of a projection, written into the text: the live one, or the one that is being built beside it. A projection names its
    /// tables by this only.
    /// </summary>
    /// <exception cref="ArgumentException">The projection that is being built has not stated the table.</exception>
    public Identifier Table(string name) => beside is null ? Live.GetOrAdd(name, static n => new Identifier(n))
        : beside.TryGetValue(name, out var next) ? next
        : throw new ArgumentException($"'{name}' is not among the tables the projection states.", nameof(name));

    /// <summary>A trusted name, such as a table of the module's own schema, written into the text as it is.</summary>
    public static Identifier Name(string name) => new(name);
}

/// <summary>A statement that takes further rows until it is closed.</summary>
internal sealed class RowsOfOneStatement
{
    /// <summary>The protocol allows 65,535; fewer keep the planner quick.</summary>
    private const int MostParameters = 16_000;
    private readonly NpgsqlBatchCommand command;
    private readonly string text;
    private readonly HashSet<object> keys;
    private readonly int begin;
    private readonly int end;
    private StringBuilder? more;

    public RowsOfOneStatement(object key, NpgsqlBatchCommand command)
    {
        this.command = command;
        text = command.CommandText;
        keys = [key];
        begin = text.IndexOf("values (", StringComparison.Ordinal) + "values ".Length;
        end = text.IndexOf(')', begin) + 1;
    }

    /// <summary>Whether one of its rows has the key.</summary>
    public bool Has(object key) => keys.Contains(key);

    /// <summary>Takes the row of another statement; false if that must be one of its own.</summary>
    public bool Take(object key, NpgsqlBatchCommand row)
    {
        var count = row.Parameters.Count;
        if (row.CommandText != text || command.Parameters.Count + count > MostParameters || !keys.Add(key)) return false;
        var offset = command.Parameters.Count;
        more ??= new StringBuilder(text, 0, end, text.Length * 4);
        more.Append(", ");
        for (var i = begin; i < end; i++)
        {
            more.Append(text[i]);
            if (text[i] != '$') continue;
            var number = 0;
            while (char.IsAsciiDigit(text[i + 1])) number = (number * 10) + (text[++i] - '0');
            more.Append(offset + number);
        }
        for (var i = 0; i < count; i++)
        {
            var parameter = row.Parameters[0];
            row.Parameters.RemoveAt(0);
            command.Parameters.Add(parameter);
        }
        return true;
    }

    public void Close()
    {
        if (more is not null) command.CommandText = more.Append(text, end, text.Length - end).ToString();
    }
}

/// <summary>A JSON text that becomes a jsonb parameter.</summary>
/// <param name="Text">The JSON, or null.</param>
public readonly record struct Jsonb(string? Text);

/// <summary>An SQL name, written as text: lower-case letters, digits, underscores and one dot.</summary>
public readonly record struct Identifier
{
    /// <summary>Checks the name.</summary>
    /// <exception cref="ArgumentException">The text is not a plain name.</exception>
    public Identifier(string name)
    {
        if (name.Length == 0 || name.Count(c => c == '.') > 1 || name.Any(c => !(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '.')))
            throw new ArgumentException($"'{name}' is not a plain SQL name.", nameof(name));
        Value = name;
    }

    /// <summary>The name.</summary>
    public string Value { get; }
}

/// <summary>SQL text of the store's own.</summary>
public readonly record struct Fragment
{
    internal Fragment(string sql) => Sql = sql;

    internal string Sql { get; }
}

/// <summary>Builds one parametrised statement from an interpolated string.</summary>
[InterpolatedStringHandler]
public readonly struct Statement
{
    private readonly StringBuilder text;
    private readonly List<NpgsqlParameter> parameters;

    /// <summary>Called by the compiler.</summary>
    public Statement(int literalLength, int formattedCount)
    {
        text = new StringBuilder(literalLength + formattedCount * 4);
        parameters = new List<NpgsqlParameter>(formattedCount);
    }

    /// <summary>Called by the compiler for the text between holes.</summary>
    public void AppendLiteral(string literal) => text.Append(literal);

    /// <summary>Called by the compiler: a trusted name.</summary>
    public void AppendFormatted(Identifier name) => text.Append(name.Value);

    /// <summary>Called by the compiler: a piece of SQL of the store's own.</summary>
    public void AppendFormatted(Fragment fragment) => text.Append(fragment.Sql);

    /// <summary>Called by the compiler: a JSON parameter.</summary>
    public void AppendFormatted(Jsonb json) => Append(new NpgsqlParameter { Value = (object?)json.Text ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Jsonb });

    /// <summary>Called by the compiler: a list of JSON texts as jsonb[].</summary>
    public void AppendFormatted(Jsonb[] json) =>
        Append(new NpgsqlParameter { Value = Array.ConvertAll(json, j => j.Text), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });

    /// <summary>Called by the compiler: any other value.</summary>
    public void AppendFormatted<T>(T value) => Append(Parameter(value));

    /// <summary>The statement with positional parameters.</summary>
    public NpgsqlBatchCommand ToCommand()
    {
        var command = new NpgsqlBatchCommand(text.ToString());
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }

    /// <summary>A parameter with the type of <typeparamref name="T"/> even where the value is null; instants are sent as UTC.</summary>
    public static NpgsqlParameter Parameter<T>(T value) => value switch
    {
        null => new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = TypeOf(Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T)) },
        DateTimeOffset instant => new NpgsqlParameter { Value = instant.ToUniversalTime(), NpgsqlDbType = NpgsqlDbType.TimestampTz },
        DateTimeOffset[] instants => new NpgsqlParameter
        {
            Value = Array.ConvertAll(instants, i => i.ToUniversalTime()),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
        },
        DateTimeOffset?[] instants => new NpgsqlParameter
        {
            Value = Array.ConvertAll(instants, i => i?.UtcDateTime),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
        },
        string text => new NpgsqlParameter { Value = text, NpgsqlDbType = NpgsqlDbType.Text },
        _ => new NpgsqlParameter { Value = value },
    };

    private void Append(NpgsqlParameter parameter)
    {
        parameters.Add(parameter);
        text.Append('$').Append(parameters.Count);
    }

    private static NpgsqlDbType TypeOf(Type type) =>
        type == typeof(string) ? NpgsqlDbType.Text
        : type == typeof(Guid) ? NpgsqlDbType.Uuid
        : type == typeof(long) ? NpgsqlDbType.Bigint
        : type == typeof(int) ? NpgsqlDbType.Integer
        : type == typeof(short) ? NpgsqlDbType.Smallint
        : type == typeof(bool) ? NpgsqlDbType.Boolean
        : type == typeof(decimal) ? NpgsqlDbType.Numeric
        : type == typeof(double) ? NpgsqlDbType.Double
        : type == typeof(DateOnly) ? NpgsqlDbType.Date
        : type == typeof(DateTimeOffset) ? NpgsqlDbType.TimestampTz
        : type == typeof(byte[]) ? NpgsqlDbType.Bytea
        : type == typeof(string[]) ? NpgsqlDbType.Array | NpgsqlDbType.Text
        : type == typeof(Guid[]) ? NpgsqlDbType.Array | NpgsqlDbType.Uuid
        : throw new ArgumentException($"No SQL type is known for a null of {type}.");
}
