using System.Reflection;
using Crm.Contracts;
using Crm.EventStore;
using Npgsql;

namespace Crm.Host;

/// <summary>How personal data is protected here: what is marked in the contracts, under keys that a master key wraps.</summary>
public static class PersonalSetup
{
    /// <summary>What the attributes of the contracts say.</summary>
    public static PersonalMarks Marks { get; } = new(
        member => member.GetCustomAttribute<PersonalAttribute>() is { } personal ? personal.Required ? char.ToUpperInvariant((char)personal.Kind) : (char)personal.Kind : null,
        member => member.IsDefined(typeof(PersonAttribute)));

    /// <summary>Opens the keys of a database.</summary>
    /// <param name="database">The database, migrated.</param>
    /// <param name="masters">What wraps the keys.</param>
    /// <param name="ct">Cancels the look-up.</param>
    public static async Task<PersonalData> OpenAsync(NpgsqlDataSource database, IKeyManagement masters, CancellationToken ct = default)
    {
        var personal = new PersonalData(database, masters, Marks, Placeholder);
        await personal.OpenAsync(ct);
        return personal;
    }

    /// <summary>
    /// The master keys: HashiCorp Vault where <c>Crm:MasterKey:Vault:Address</c> is set (with <c>TokenFile</c> and <c>Key</c>), else <c>Crm:MasterKey:Value</c>, else the
    /// file <c>Crm:MasterKey:File</c>. The demo and the embedded server make one in the data directory;
    /// elsewhere there must be one, because whoever has the key beside the database has everything.
    /// </summary>
    /// <exception cref="InvalidOperationException">None is configured.</exception>
    public static IKeyManagement Masters(IConfiguration configuration)
    {
        var vault = configuration.GetSection("Crm:MasterKey:Vault");
        if (vault["Address"] is { Length: > 0 } address)
            return new VaultTransit(new VaultSettings(new Uri(address), vault["TokenFile"] ?? throw new InvalidOperationException("Set Crm__MasterKey__Vault__TokenFile to a file with Vault's token."), vault["Key"] ?? "crm"));
        if (configuration["Crm:MasterKey:Value"] is { Length: > 0 } value) return new MasterKeys(value);
        if (configuration["Crm:MasterKey:File"] is { Length: > 0 } file) return new MasterKeys(File.ReadAllText(file));
        if (!string.IsNullOrEmpty(configuration.GetConnectionString("Crm")) && !configuration.GetValue<bool>("Crm:Demo"))
            throw new InvalidOperationException("Personal data needs a master key. Set Crm__MasterKey__File to a file with 32 random bytes in base64 (openssl rand -base64 32), kept apart from the database and its backups.");
        return new MasterKeys(Made(Path.GetFullPath(Path.Combine(configuration["Crm:DataDirectory"] ?? ".data", "master.key"))));
    }

    /// <summary>The key of the file, which is made where there is none; of several processes that begin together one makes it.</summary>
    private static string Made(string path)
    {
        if (File.Exists(path)) return File.ReadAllText(path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var draft = $"{path}.{Environment.ProcessId}";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var writer = new StreamWriter(draft, System.Text.Encoding.ASCII, options)) writer.WriteLine(MasterKeys.New());
        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }
        return File.ReadAllText(path);
    }

    private static string Placeholder(Guid person) => $"已删除客户 {BitConverter.ToUInt32(person.ToByteArray(), 12) % 1_000_000:D6}";
}
