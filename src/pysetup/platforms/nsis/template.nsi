; An installer of a Python project, made by pysetup.
;
; Exit codes: 1 stopped by the user, 2 a file could not be written or taken away, 3 no such
; Python, 4 something that is needed is not installed, 5 a newer version is installed, 6 the
; folder of Python or the registry cannot be written to. The reason is told, and stands in
; $Log. Words: /S silent, /AllUsers, /CurrentUser, /IgnoreNeeds, /LOG=FILE, /PYDIR=FOLDER OF
; PYTHON (or the same as NSIS has it: /D=FOLDER, last, without quotation marks).
;
; All or nothing: new files are written into the folder $Stage, on the volume of Python,
; under numbers (n1, n2 ...). Only when they all stand there, those of an older version are
; moved to it (o1 ...), and the new ones to their places; a file that another package has
; there, too, is kept (r1 ...). Moves can be undone, and are when one of them fails.

Target @TARGET@
SetCompressor /SOLID lzma
!include LogicLib.nsh
!include FileFunc.nsh
!include WordFunc.nsh

Name @NAME@
OutFile @OUTPUT@
RequestExecutionLevel @LEVEL@
BrandingText " "
AllowSkipFiles off
ShowInstDetails nevershow
ShowUninstDetails nevershow
DirText "Choose the folder of Python."

; The folder of Python, and that of the Python that an older version stands in.
Var Root
Var There
; The folder of the older version that has its uninstaller and its list of files.
Var Info
Var Stage
Var Scope
Var Reason
Var Code
Var Log
; The file that an operation failed with, empty for none.
Var Fault

Page directory
Page instfiles
UninstPage uninstConfirm
UninstPage instfiles

!macro Functions un
; Tell $Reason, and end with $Code.
Function ${un}Refuse
  ClearErrors
  FileOpen $9 $Log w
  ${IfNot} ${Errors}
    FileWriteUTF16LE /BOM $9 "$Reason$\r$\n"
    FileClose $9
  ${EndIf}
  ${If} ${Silent}
    System::Call 'kernel32::AttachConsole(i -1)'
    System::Call 'kernel32::GetStdHandle(i -11) p .r9'
    FileWrite $9 "$Reason$\r$\n"
  ${Else}
    MessageBox MB_OK|MB_ICONSTOP "$Reason"
  ${EndIf}
  SetErrorLevel $Code
  Quit
FunctionEnd

; Put what follows the word $5 (/PYDIR=) on the command line ($R0) into $6, if it is there.
; A space ends it, but for quotation marks before the word or behind it.
Function ${un}ReadWord
  StrLen $7 $5
  StrCpy $1 0
  ${Do}
    StrCpy $2 $R0 $7 $1
    ${If} $2 == ""
      Return
    ${EndIf}
    ${If} $2 == $5
      ${Break}
    ${EndIf}
    StrCpy $4 $R0 1 $1
    IntOp $1 $1 + 1
  ${Loop}
  IntOp $1 $1 + $7
  StrCpy $3 " "
  ${If} $4 == '"'
    StrCpy $3 '"'
  ${EndIf}
  StrCpy $2 $R0 1 $1
  ${If} $2 == '"'
    StrCpy $3 '"'
    IntOp $1 $1 + 1
  ${EndIf}
  StrCpy $6 ""
  ${Do}
    StrCpy $2 $R0 1 $1
    ${If} $2 == ""
    ${OrIf} $2 == $3
      Return
    ${EndIf}
    StrCpy $6 "$6$2"
    IntOp $1 $1 + 1
  ${Loop}
FunctionEnd

; Find out where the reason of a failure is written to.
Function ${un}ReadLog
  ${GetParameters} $R0
  StrCpy $4 ""
  StrCpy $5 "/LOG="
  StrCpy $6 @LOG@
  Call ${un}ReadWord
  StrCpy $Log $6
  Delete $Log
FunctionEnd

; Make the folder $Stage; its name is new. May anything be written at all?
Function ${un}MakeStage
  ClearErrors
  GetTempFileName $Stage $Root
  Delete $Stage
  CreateDirectory $Stage
  ${If} ${Errors}
    StrCpy $Code 6
    StrCpy $Reason "$Root cannot be written to. Be administrator for that."
    Call ${un}Refuse
  ${EndIf}
  WriteRegStr SHCTX "Software\pysetup\Shared" "$Stage" ""
  ${If} ${Errors}
    RMDir $Stage
    StrCpy $Code 6
    StrCpy $Reason "The registry cannot be written to. Be administrator for that."
    Call ${un}Refuse
  ${EndIf}
  DeleteRegValue SHCTX "Software\pysetup\Shared" "$Stage"
  Call ${un}ForgetNothing
FunctionEnd

; Take away what is ours in the registry where nothing is noted.
Function ${un}ForgetNothing
  DeleteRegKey /ifempty SHCTX "Software\pysetup\Shared"
  DeleteRegKey /ifempty SHCTX "Software\pysetup"
FunctionEnd

; Read a line of the list of files in $R1: its letter into $R2, the path into $R3.
Function ${un}NextLine
  FileReadUTF16LE $R1 $R3
  StrCpy $R2 $R3 1
  StrCpy $R3 $R3 -2 1
FunctionEnd

; Read on to the next file; $R4 counts them. $R2 is empty behind the last one.
Function ${un}NextFile
  ${Do}
    Call ${un}NextLine
    ${If} $R2 == ""
      ${Break}
    ${EndIf}
  ${LoopUntil} $R2 == "F"
  IntOp $R4 $R4 + 1
FunctionEnd

; Open the list $R0, and read its first file.
Function ${un}FirstFile
  StrCpy $R4 0
  FileOpen $R1 $R0 r
  Call ${un}NextFile
FunctionEnd

; Move the files of the version in $Info out of the way. A file that another package
; owns, too, stays; then it has an owner less. Where one cannot be moved, all come back.
Function ${un}Withdraw
  StrCpy $Fault ""
  StrCpy $R0 "$Stage\old.txt"
  ClearErrors
  Rename "$Info\uninstall.txt" $R0
  ${If} ${Errors}
    StrCpy $Fault "$Info\uninstall.txt"
    Return
  ${EndIf}
  Call ${un}FirstFile
  ${DoUntil} $R2 == ""
    ClearErrors
    ReadRegDWORD $1 SHCTX "Software\pysetup\Shared" "$There\$R3"
    ${If} ${Errors}
    ${AndIf} ${FileExists} "$There\$R3"
    ${AndIfNot} ${FileExists} "$There\$R3\*.*"
      ClearErrors
      Rename "$There\$R3" "$Stage\o$R4"
      ${If} ${Errors}
        StrCpy $Fault "$There\$R3"
        ${Break}
      ${EndIf}
    ${EndIf}
    Call ${un}NextFile
  ${Loop}
  FileClose $R1
  ${If} $Fault != ""
    Call ${un}MoveBack
    Return
  ${EndIf}
  Call ${un}FirstFile
  ${DoUntil} $R2 == ""
    ClearErrors
    ReadRegDWORD $1 SHCTX "Software\pysetup\Shared" "$There\$R3"
    ${IfNot} ${Errors}
      ${If} $1 > 1
        IntOp $1 $1 - 1
        WriteRegDWORD SHCTX "Software\pysetup\Shared" "$There\$R3" $1
      ${Else}
        DeleteRegValue SHCTX "Software\pysetup\Shared" "$There\$R3"
      ${EndIf}
    ${EndIf}
    Call ${un}NextFile
  ${Loop}
  FileClose $R1
FunctionEnd

; Move the files of the older version back to where they were.
Function ${un}MoveBack
  StrCpy $R4 0
  FileOpen $R1 "$Stage\old.txt" r
  ${Do}
    Call ${un}NextLine
    ${If} $R2 == "C"
      CreateDirectory "$There\$R3"
    ${ElseIf} $R2 == "F"
      IntOp $R4 $R4 + 1
      Rename "$Stage\o$R4" "$There\$R3"
    ${EndIf}
  ${LoopUntil} $R2 == ""
  FileClose $R1
  Rename "$Stage\old.txt" "$Info\uninstall.txt"
FunctionEnd

; Take away the byte code and the empty folders that a withdrawn version leaves.
Function ${un}Clean
  FileOpen $R1 "$Stage\old.txt" r
  ${Do}
    Call ${un}NextLine
    ${If} $R2 == "B"
      Delete "$There\$R3"
    ${ElseIf} $R2 == "D"
      RMDir "$There\$R3"
    ${EndIf}
  ${LoopUntil} $R2 == ""
  FileClose $R1
  Call ${un}ForgetNothing
FunctionEnd

; Take the folder $Stage away; what runs just now goes when Windows starts again.
Function ${un}DropStage
  SetOutPath $TEMP
  RMDir /r /REBOOTOK $Stage
FunctionEnd

; Take the new files away, and the folder unless something could not be moved back.
Function ${un}LeaveStage
  SetOutPath $TEMP
  Delete "$Stage\n*"
  RMDir $Stage
FunctionEnd
!macroend
!insertmacro Functions ""
!insertmacro Functions "un."

; Leave $Root as it is if there is a Python in it, else empty it.
Function CheckRoot
  ${If} $Root != ""
    StrCpy $0 $Root 1 -1
    ${If} $0 == "\"
      StrCpy $Root $Root -1
    ${EndIf}
    ${IfNot} ${FileExists} "$Root\python.exe"
      StrCpy $Root ""
    ${EndIf}
  ${EndIf}
FunctionEnd

; Note one owner more of the file $Root\$R3.
Function Claim
  ReadRegDWORD $1 SHCTX "Software\pysetup\Shared" "$Root\$R3"
  IntOp $1 $1 + 1
  WriteRegDWORD SHCTX "Software\pysetup\Shared" "$Root\$R3" $1
FunctionEnd

; Move the new files to their places; $Fault tells the first that cannot be there.
Function Put
  StrCpy $Fault ""
  StrCpy $R4 0
  FileOpen $R1 "$Stage\new.txt" r
  ${Do}
    Call NextLine
    ClearErrors
    ${If} $R2 == "C"
      CreateDirectory "$Root\$R3"
    ${ElseIf} $R2 == "F"
      IntOp $R4 $R4 + 1
      ; Of a folder there, or a file that cannot be moved, the second move fails.
      ${If} ${FileExists} "$Root\$R3"
      ${AndIfNot} ${FileExists} "$Root\$R3\*.*"
        Rename "$Root\$R3" "$Stage\r$R4"
      ${EndIf}
      Rename "$Stage\n$R4" "$Root\$R3"
    ${EndIf}
    ${If} ${Errors}
      StrCpy $Fault "$Root\$R3"
      ${Break}
    ${EndIf}
  ${LoopUntil} $R2 == ""
  FileClose $R1
FunctionEnd

; Undo what Put did, and bring the older version back.
Function TakeBack
  StrCpy $R4 0
  FileOpen $R1 "$Stage\new.txt" r
  ${Do}
    Call NextLine
    ${If} $R2 == "F"
      IntOp $R4 $R4 + 1
      ${IfNot} ${FileExists} "$Stage\n$R4"
        Delete "$Root\$R3"
      ${EndIf}
      Rename "$Stage\r$R4" "$Root\$R3"
    ${ElseIf} $R2 == "D"
      RMDir "$Root\$R3"
    ${EndIf}
  ${LoopUntil} $R2 == ""
  FileClose $R1
  ${If} $Info == ""
    Return
  ${EndIf}
  ; The folders of the older version were not taken away yet.
  StrCpy $R0 "$Stage\old.txt"
  StrCpy $R5 $Root
  StrCpy $Root $There
  Call FirstFile
  ${DoUntil} $R2 == ""
    ${IfNot} ${FileExists} "$Stage\o$R4"
    ${AndIf} ${FileExists} "$Root\$R3"
      Call Claim
    ${EndIf}
    Call NextFile
  ${Loop}
  FileClose $R1
  StrCpy $Root $R5
  Call MoveBack
FunctionEnd

; A file that was there already belongs to another package, too: count its owners.
Function ClaimAll
  StrCpy $R0 "$Stage\new.txt"
  Call FirstFile
  ${DoUntil} $R2 == ""
    ${If} ${FileExists} "$Stage\r$R4"
      Call Claim
    ${EndIf}
    Call NextFile
  ${Loop}
  FileClose $R1
FunctionEnd

; NSIS itself stops where a file cannot be written to its end: the disk is full.
Function .onInstFailed
  ${If} $Stage != ""
    Call LeaveStage
  ${EndIf}
  StrCpy $Code 2
  StrCpy $Reason "The files could not be written: the disk is full, or the installer is damaged. Nothing was changed."
  Call Refuse
FunctionEnd

Function .onInit
  SetRegView @BITS@
  Call ReadLog
  StrCpy $Scope @SCOPE@
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/AllUsers" $R1
  ${IfNot} ${Errors}
    StrCpy $Scope "machine"
  ${EndIf}
  ClearErrors
  ${GetOptions} $R0 "/CurrentUser" $R1
  ${IfNot} ${Errors}
    StrCpy $Scope "user"
  ${EndIf}
  ${If} $Scope == "machine"
    SetShellVarContext all
  ${Else}
    SetShellVarContext current
  ${EndIf}
  StrCpy $4 ""
  StrCpy $5 "/PYDIR="
  StrCpy $6 $INSTDIR
  Call ReadWord
  StrCpy $Root $6
  ${If} $Root == ""
    ReadRegStr $Root SHCTX @KEY@ "InstallLocation"
    Call CheckRoot
    ${If} $Root == ""
    ${AndIf} $Scope == "user"
      ReadRegStr $Root HKCU @PYTHON_KEY@ ""
      Call CheckRoot
    ${EndIf}
    ${If} $Root == ""
      ReadRegStr $Root HKLM @PYTHON_KEY@ ""
    ${EndIf}
  ${EndIf}
  Call CheckRoot
  ${If} $Root == ""
    StrCpy $Code 3
    StrCpy $Reason @PYTHON@
    StrCpy $Reason "Python $Reason was not found. Install it first, or name its folder: /PYDIR=FOLDER"
    Call Refuse
  ${EndIf}
  StrCpy $INSTDIR $Root
FunctionEnd

Function .onVerifyInstDir
  ${IfNot} ${FileExists} "$INSTDIR\python.exe"
    Abort
  ${EndIf}
FunctionEnd

Section
  StrCpy $Root $INSTDIR

  ; Is a newer version there?
  ClearErrors
  ReadRegStr $0 SHCTX @KEY@ "VersionOrder"
  ${IfNot} ${Errors}
    ${VersionCompare} $0 @ORDER@ $1
    ${If} $1 == "1"
      StrCpy $Code 5
      StrCpy $Reason @NAME@
      StrCpy $Reason "$Reason: a newer version is installed. Remove it first."
      Call Refuse
    ${EndIf}
  ${EndIf}

  ; Is what it needs there?
  ${GetParameters} $R0
  ClearErrors
  ${GetOptions} $R0 "/IgnoreNeeds" $R1
  ${If} ${Errors}
    Call CheckNeeds
  ${EndIf}

  Call MakeStage
  SetOutPath $Stage
  SetOverwrite try
  ClearErrors
@STAGE@
  WriteUninstaller "$Stage\n@UNINSTALLER@"
  File "/oname=new.txt" @MANIFEST@
  ${If} ${Errors}
    Call LeaveStage
    StrCpy $Code 2
    StrCpy $Reason "$Root: files could not be written there. Nothing was changed."
    Call Refuse
  ${EndIf}

  ; The version that is there makes room.
  StrCpy $Info ""
  ClearErrors
  ReadRegStr $R0 SHCTX @KEY@ "Uninstaller"
  ${IfNot} ${Errors}
    ${GetParent} $R0 $Info
    ReadRegStr $There SHCTX @KEY@ "InstallLocation"
    ${IfNot} ${FileExists} "$Info\uninstall.txt"
      StrCpy $Info ""
    ${EndIf}
  ${EndIf}
  StrCpy $Fault ""
  ${If} $Info != ""
    Call Withdraw
  ${EndIf}
  ${If} $Fault == ""
    Call Put
    ${If} $Fault != ""
      Call TakeBack
    ${EndIf}
  ${EndIf}
  ${If} $Fault != ""
    Call LeaveStage
    StrCpy $Code 2
    StrCpy $Reason "$Fault cannot be replaced: it is in use, or another kind of thing. Nothing was changed."
    Call Refuse
  ${EndIf}
  Call ClaimAll
  Delete "$Root\@DIST_INFO@\uninstall.txt"
  Rename "$Stage\new.txt" "$Root\@DIST_INFO@\uninstall.txt"
  ${If} $Info != ""
    Call Clean
  ${EndIf}
  Call DropStage

  WriteRegStr SHCTX @KEY@ "DisplayName" @NAME@
  WriteRegStr SHCTX @KEY@ "DisplayVersion" @VERSION@
  WriteRegStr SHCTX @KEY@ "VersionOrder" @ORDER@
  WriteRegStr SHCTX @KEY@ "Publisher" @PUBLISHER@
  WriteRegStr SHCTX @KEY@ "URLInfoAbout" @HOMEPAGE@
  WriteRegStr SHCTX @KEY@ "Comments" @SUMMARY@
  WriteRegStr SHCTX @KEY@ "InstallLocation" $Root
  WriteRegStr SHCTX @KEY@ "Uninstaller" "$Root\@DIST_INFO@\uninstall.exe"
  WriteRegStr SHCTX @KEY@ "UninstallString" '"$Root\@DIST_INFO@\uninstall.exe"'
  WriteRegStr SHCTX @KEY@ "QuietUninstallString" '"$Root\@DIST_INFO@\uninstall.exe" /S'
  WriteRegDWORD SHCTX @KEY@ "EstimatedSize" @SIZE@
  WriteRegDWORD SHCTX @KEY@ "NoModify" 1
  WriteRegDWORD SHCTX @KEY@ "NoRepair" 1
SectionEnd

Function CheckNeeds
@CHECK@
FunctionEnd

Function un.onInit
  Call un.ReadLog
FunctionEnd

Section Uninstall
  SetRegView @BITS@
  StrCpy $Info $INSTDIR
  GetFullPathName $Root "$INSTDIR\@UP@"
  StrCpy $There $Root
  ; It is the user's unless only the machine has it.
  SetShellVarContext current
  ReadRegStr $0 SHCTX @KEY@ "InstallLocation"
  ${If} $0 != $Root
    SetShellVarContext all
  ${EndIf}
  Call un.MakeStage
  Call un.Withdraw
  ${If} $Fault != ""
    Call un.LeaveStage
    StrCpy $Code 2
    StrCpy $Reason "$Fault cannot be taken away: it is in use. Nothing was changed."
    Call un.Refuse
  ${EndIf}
  SetOutPath $TEMP
  Call un.Clean
  Call un.DropStage
  DeleteRegKey SHCTX @KEY@
SectionEnd
