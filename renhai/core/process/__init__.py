"""Child processes of ours: started, watched, ended well."""
