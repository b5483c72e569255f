namespace Twinbus.Messaging;

/// <summary>
/// Who a message is for, or what a server listens to. A client needs <see cref="Topic"/>; an RPC server needs
/// <see cref="Topic"/> and <see cref="Server"/>; a notification listener needs <see cref="Topic"/>.
/// </summary>
public sealed record Target
{
    /// <summary>The exchange, a scope for topics. Null: the transport's control exchange.</summary>
    public string? Exchange { get; init; }

    /// <summary>The topic: the name that servers listen on.</summary>
    public string? Topic { get; init; }

    /// <summary>One server of the topic. Null: any server of the topic takes the message.</summary>
    public string? Server { get; init; }

    /// <summary>True: every server of the topic gets the message (casts only). Default: false.</summary>
    public bool Fanout { get; init; }

    /// <summary>The interface's namespace. Null: the one interface without a name.</summary>
    public string? Namespace { get; init; }

    /// <summary>The interface's version, <c>major.minor</c>. Null: none is sent, and a server takes it for 1.0.</summary>
    public string? Version { get; init; }

    /// <summary>The parts that are set, in one line.</summary>
    public override string ToString()
    {
        var parts = new List<string>(6);
        Add("exchange", Exchange);
        Add("topic", Topic);
        Add("server", Server);
        Add("namespace", Namespace);
        Add("version", Version);
        if (Fanout)
        {
            parts.Add("fanout");
        }

        return $"<{string.Join(' ', parts)}>";

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                parts.Add($"{name}={value}");
            }
        }
    }
}
